#include "app/mistake_place.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "parse/yaml_tree.hpp"

namespace millrace {
namespace {

// A value and the text of it.
struct Span {
  const YamlNode* node = nullptr;
  size_t begin = 0, end = 0;
};

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; }
bool same_letter(char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); }

class Source {
 public:
  explicit Source(const std::string& text) : text_(text), lines_{0} {
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') lines_.push_back(i + 1);
    }
  }

  size_t at(Place place) const { return std::min(text_.size(), line(place.line) + static_cast<size_t>(place.column - 1)); }
  size_t line(int number) const { return number > static_cast<int>(lines_.size()) ? text_.size() : lines_[static_cast<size_t>(number - 1)]; }
  char sign(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  std::string told(size_t at) const {
    const auto line = std::upper_bound(lines_.begin(), lines_.end(), at) - lines_.begin();
    return std::to_string(line) + ":" + std::to_string(at - lines_[static_cast<size_t>(line - 1)] + 1);
  }

  // Of the whole word, whatever its case: SQL does not tell names apart by it.
  std::optional<size_t> find(std::string_view word, size_t begin, size_t end) const {
    const auto last = text_.begin() + static_cast<std::ptrdiff_t>(end);
    for (auto at = text_.begin() + static_cast<std::ptrdiff_t>(begin); !word.empty(); ++at) {
      at = std::search(at, last, word.begin(), word.end(), same_letter);
      if (at == last) break;
      const auto behind = at + static_cast<std::ptrdiff_t>(word.size());
      if ((at == text_.begin() || !word_char(*(at - 1))) && (behind == text_.end() || !word_char(*behind))) return static_cast<size_t>(at - text_.begin());
    }
    return std::nullopt;
  }

 private:
  const std::string& text_;
  std::vector<size_t> lines_;
};

std::optional<int> number_behind(std::string_view text, std::string_view word) {
  if (!text.starts_with(word) || text.size() == word.size()) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(word.size())) {
    if (c < '0' || c > '9' || number > 1'000'000) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

class Search {
 public:
  Search(const Source& source, const Span& task) : source_(source), task_(task), at_(child(task, "with").value_or(task)) {}

  void follow(const std::string& where) {
    for (size_t begin = 0; begin < where.size();) {
      const size_t end = std::min(where.find(", ", begin), where.size());
      take(where.substr(begin, end - begin));
      begin = end + 2;
    }
    if (!is_named_) at_ = child(at_, "sql").value_or(at_);
  }

  size_t place(const std::vector<std::string>& names) const {
    const size_t begin = std::max(at_.begin, line_begin());
    for (const auto& name : names) {
      for (const size_t from : {begin, at_.begin}) {
        if (const auto found = source_.find(name, from, at_.end)) return *found;
      }
    }
    if (!is_named_ && begin == at_.begin) {  // a field that nobody named: anywhere in the task
      for (const auto& name : names) {
        if (const auto found = source_.find(name, task_.begin, task_.end)) return *found;
      }
    }
    return begin;
  }

  std::optional<Span> child(const Span& of, std::string_view key) const {
    const auto& members = of.node->members;
    const auto found = std::find_if(members.begin(), members.end(), [&](const YamlMember& one) { return one.key == key; });
    if (found == members.end()) return std::nullopt;
    return span(found->value, found + 1 == members.end() ? of.end : source_.at((found + 1)->place));
  }

 private:
  // What an alias stands for lies elsewhere: it has no text here.
  std::optional<Span> span(const YamlNode& node, size_t end) const {
    const size_t begin = source_.at(node.place);
    if (begin >= end) return std::nullopt;
    return Span{&node, begin, end};
  }

  std::optional<Span> item(const Span& of, size_t index) const {
    const auto& items = of.node->items;
    if (index >= items.size()) return std::nullopt;
    return span(items[index], index + 1 == items.size() ? of.end : source_.at(items[index + 1].place));
  }

  // The nearest value below that `fits`, by levels.
  template <class Fits>
  std::optional<Span> below(const Span& of, Fits fits) const {
    std::vector<Span> level{of}, next;
    for (; !level.empty(); level = std::move(next), next.clear()) {
      for (const auto& one : level) {
        for (const auto& member : one.node->members) {
          const auto value = child(one, member.key);
          if (value && fits(member.key, *value)) return value;
          if (value) next.push_back(*value);
        }
        for (size_t i = 0; i < one.node->items.size(); ++i) {
          const auto value = item(one, i);
          if (value && fits(std::string(), *value)) return value;
          if (value) next.push_back(*value);
        }
      }
    }
    return std::nullopt;
  }

  void go(const std::optional<Span>& to) {
    if (!to) return;
    at_ = *to;
    is_named_ = true;
  }

  // "section 3" is the third of `sections`.
  std::optional<Span> numbered(std::string_view text) const {
    const auto space = text.find(' ');
    const std::string what(text.substr(0, space));
    auto list = child(at_, what + "s");
    if (!list && !is_named_) list = child(task_, what + "s");  // checks stand beside `with`
    const auto number = number_behind(text, what + " ");
    return list && number && *number > 0 ? item(*list, static_cast<size_t>(*number - 1)) : std::nullopt;
  }

  // A step has the name that it was given, or is "step 3".
  std::optional<Span> step(const std::string& name) const {
    const auto steps = child(at_, "steps");
    if (!steps) return std::nullopt;
    if (const auto one = numbered(name)) return one;
    for (size_t i = 0; i < steps->node->items.size(); ++i) {
      const auto one = item(*steps, i);
      const YamlNode* as = one ? one->node->find("as") : nullptr;
      if (as != nullptr && as->is_text() && as->text() == name) return one;
    }
    return std::nullopt;
  }

  void take(const std::string& part) {
    if (const auto line = number_behind(part, "line ")) line_ = *line;
    else if (part.starts_with("step ")) go(step(part.substr(5)));
    else if (const auto one = numbered(part)) go(one);
    else if (const auto file = below(task_, [&](const std::string&, const Span& value) { return names_file(part, *value.node); })) go(file);
    else take_path(part.starts_with("with.") ? part.substr(5) : part.substr(0, part.find(':')));
  }

  // "suites/orders.json: expectation 2"
  static bool names_file(const std::string& part, const YamlNode& value) {
    return value.is_text() && value.text().find('.') != std::string::npos && (part == value.text() || part.starts_with(value.text() + ":"));
  }

  // "errors.limit"; of a step the transform stands in between. Checks stand beside `with`.
  void take_path(const std::string& path) {
    for (size_t begin = 0; begin < path.size();) {
      const size_t end = std::min(path.find('.', begin), path.size());
      const std::string key = path.substr(begin, end - begin);
      const auto is = [&](const std::string& one, const Span&) { return one == key; };
      auto found = below(at_, is);
      if (!found && !is_named_) found = below(task_, is);
      if (!found) return;
      go(found);
      begin = end + 1;
    }
  }

  // Lines of a text in the style | are lines of the file, and no others are.
  size_t line_begin() const {
    if (line_ < 1 || source_.sign(at_.begin) != '|') return at_.begin;
    return std::min(source_.line(at_.node->place.line + line_), at_.end);
  }

  const Source& source_;
  const Span task_;
  Span at_;
  bool is_named_ = false;
  int line_ = 0;
};

// In the order in which they are looked for: t.column of "Values list "t" does not have a column named "column"" before either.
std::vector<std::string> names_in(const std::string& message) {
  std::vector<std::string> names;
  constexpr std::string_view kList = "Values list \"", kColumn = "column named \"";
  const auto list = message.find(kList), column = message.find(kColumn);
  if (list != std::string::npos && column != std::string::npos) {
    const auto text_behind = [&](size_t begin) { return message.substr(begin, message.find('"', begin) - begin); };
    names.push_back(text_behind(list + kList.size()) + "." + text_behind(column + kColumn.size()));
    names.push_back(text_behind(column + kColumn.size()));
  }
  names.push_back(name_in(message));
  return names;
}

}  // namespace

std::string name_in(const std::string& message) {
  constexpr std::string_view kNamed = " with name ";
  if (const auto named = message.find(kNamed); named != std::string::npos) return message.substr(named + kNamed.size(), message.find(' ', named + kNamed.size()) - named - kNamed.size());
  const auto begin = message.find_first_of("\"'");
  const auto end = begin == std::string::npos ? begin : message.find(message[begin], begin + 1);
  return end == std::string::npos ? std::string() : message.substr(begin + 1, end - begin - 1);
}

std::string place_of(const Dag& dag, const std::string& task, const Error& mistake) {
  const YamlTree tree = read_yaml(dag.source);
  const Source source(dag.source);
  const YamlNode* tasks = tree.root.find("tasks");
  if (tasks == nullptr) return dag.file;
  const auto& members = tasks->members;
  const auto mine = std::find_if(members.begin(), members.end(), [&](const YamlMember& one) { return one.key == task; });
  if (mine == members.end()) return dag.file;
  const Span all{&mine->value, source.at(mine->place), mine + 1 == members.end() ? dag.source.size() : source.at((mine + 1)->place)};
  Search search(source, all);
  search.follow(mistake.where);
  return dag.file + ":" + source.told(search.place(names_in(mistake.what)));
}

}  // namespace millrace
