#include "quality/engine/tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>

namespace mr::quality {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kDeepest = 100;
constexpr size_t kMostNodes = 500'000;  // with aliases put in

[[noreturn]] void unreadable(const std::string& what, const std::string& where,
                             const std::string& hint = "") {
  throw QualityError("E7002", what, where, hint);
}

bool digits_only(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

bool looks_real(std::string_view text) {
  text = without_sign(text);
  const size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos && !digits_only(without_sign(text.substr(e + 1)))) return false;
  const std::string_view mantissa = text.substr(0, e);
  const size_t dot = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, dot),
                         part = dot == std::string_view::npos ? "" : mantissa.substr(dot + 1);
  return (digits_only(whole) || (whole.empty() && !part.empty())) &&
         (part.empty() || digits_only(part));
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number{};
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || at != text.data() + text.size()) return std::nullopt;
  return number;
}

// A zero in front makes a text of digits: such are codes, and no two readers agree on the number.
json plain_scalar(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const std::string_view bare = without_sign(text);
  if (bare.size() > 1 && bare[0] == '0' && digits_only(bare)) return text;
  if (digits_only(bare)) {
    if (const auto number = number_in<int64_t>(text)) return *number;
  }
  if (looks_real(text)) {
    if (const auto number = number_in<double>(text); number && std::isfinite(*number))
      return *number;
  }
  return text;
}

// Where a document starts; what is in it is of no interest.
class Start final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& at) override { mark = at; }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}

  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}

  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}

  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}

  void OnSequenceEnd() override {}

  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}

  void OnMapEnd() override {}

  YAML::Mark mark{};
};

class YamlReader {
 public:
  explicit YamlReader(const std::string& name) : name_(name) {}

  Node read(const YAML::Node& yaml, int depth) {
    Node node;
    node.place = place_of(yaml.Mark());
    if (depth > kDeepest || ++nodes_ > kMostNodes)
      unreadable("the YAML is too deep or too large", node.place, "split it, or use fewer aliases");
    refuse_tag(yaml, node.place);
    if (yaml.IsMap()) {
      read_map(yaml, node, depth);
    } else if (yaml.IsSequence()) {
      node.kind = Node::Kind::list;
      for (const auto& item : yaml) node.items.push_back(read(item, depth + 1));
    } else if (yaml.IsScalar()) {
      node.value = yaml.Tag() == "?" ? plain_scalar(yaml.Scalar()) : json(yaml.Scalar());
    }
    return node;
  }

  std::string place_of(const YAML::Mark& mark) const {
    return name_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  }

 private:
  static void refuse_tag(const YAML::Node& yaml, const std::string& place) {
    const std::string& tag = yaml.Tag();
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
    unreadable("the tag " + tag + " is not known here", place, "write the value without a tag");
  }

  void read_map(const YAML::Node& yaml, Node& node, int depth) {
    node.kind = Node::Kind::map;
    std::set<std::string> keys;
    for (const auto& member : yaml) {
      const std::string place = place_of(member.first.Mark());
      if (!member.first.IsScalar()) unreadable("the key of a mapping is no text", place);
      const std::string& key = member.first.Scalar();
      if (!keys.insert(key).second)
        unreadable("the key '" + key + "' stands twice", place, "remove one of them");
      node.members.push_back({key, read(member.second, depth + 1)});
      // A value without a text of its own stands where its key does.
      Node& value = node.members.back().value;
      if (value.is_null() || !value.is_scalar()) value.place = place;
    }
  }

  const std::string& name_;
  size_t nodes_ = 0;
};

std::string place_in(std::string_view text, size_t at, const std::string& name) {
  const std::string_view before = text.substr(0, std::min(at, text.size()));
  const size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return name + ":" + std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ":" +
         std::to_string(before.size() - start + 1);
}

std::string joined(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

// The place is where the root is, two signs, and the way from there.
template <class Json>
Node tree_of(const Json& value, const std::string& root, const std::string& path) {
  Node node;
  node.place = path.empty() ? root.substr(0, root.size() - 2) : root + path;
  if (value.is_object()) {
    node.kind = Node::Kind::map;
    for (const auto& [key, member] : value.items())
      node.members.push_back({key, tree_of(member, root, joined(path, key))});
  } else if (value.is_array()) {
    node.kind = Node::Kind::list;
    for (size_t i = 0; i < value.size(); ++i)
      node.items.push_back(tree_of(value[i], root, path + "[" + std::to_string(i + 1) + "]"));
  } else {
    node.value = value;
  }
  return node;
}

// How many letters must be put in, taken out or exchanged.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t exchanged = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, exchanged});
    }
  }
  return row.back();
}

// 0: not a duration.
double duration_in(const std::string& text) {
  constexpr std::array kUnits{std::pair{"ms", 0.001}, std::pair{"s", 1.0}, std::pair{"m", 60.0},
                              std::pair{"h", 3600.0}, std::pair{"d", 86'400.0}};
  const size_t end = text.find_first_not_of("0123456789.");
  if (end == 0 || end == std::string::npos) return 0;
  const auto amount = number_in<double>(std::string_view(text).substr(0, end));
  for (const auto& [unit, seconds] : kUnits) {
    if (amount && std::string_view(text).substr(end) == unit) return *amount * seconds;
  }
  return 0;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const NodeMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

json Node::to_json() const {
  if (is_scalar()) return value;
  json made = is_list() ? json::array() : json::object();
  for (const Node& item : items) made.push_back(item.to_json());
  for (const NodeMember& member : members) made[member.key] = member.value.to_json();
  return made;
}

Node read_yaml(std::string_view text, const std::string& name) {
  YamlReader reader(name);
  try {
    // Not LoadAll: of a text that begins with a comma it finds documents without end.
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Start start;
    if (!parser.HandleNextDocument(start)) unreadable("the file is empty", name);
    if (parser.HandleNextDocument(start))
      unreadable("the file has a second document (---)", reader.place_of(start.mark),
                 "put it into a file of its own");
    return reader.read(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    unreadable("not YAML: " + error.msg, reader.place_of(error.mark),
               "look for a missing quote, colon or bracket just before this place");
  }
}

Node read_json(std::string_view text, const std::string& name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  try {
    const auto document =
        ordered_json::parse(text, [&](int depth, ordered_json::parse_event_t, ordered_json&) {
          if (depth > kDeepest)
            unreadable("lists and objects stand in each other more than 100 deep", name);
          return true;
        });
    return tree_of(document, name + ": ", "");
  } catch (const ordered_json::parse_error& error) {
    unreadable("not JSON: a mistake at byte " + std::to_string(error.byte),
               place_in(text, error.byte > 0 ? error.byte - 1 : 0, name),
               "look for a trailing comma or a missing quote");
  } catch (const ordered_json::out_of_range&) {
    unreadable("not JSON: a number is out of range", name);
  }
}

bool starts_as_json(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return at != std::string_view::npos && (text[at] == '{' || text[at] == '[');
}

Node read_tree(std::string_view text, const std::string& name) {
  return starts_as_json(text) ? read_json(text, name) : read_yaml(text, name);
}

Node node_of(const json& value, const std::string& place) {
  return tree_of(value, place + ", ", "");
}

void wrong(const Node& node, const std::string& what, const std::string& hint) {
  throw QualityError("E7005", what, node.place, hint);
}

std::string known_words(std::string_view word, const Words& known) {
  std::string list, near;
  size_t best = 3;  // letters that may differ
  const std::string_view head = word.substr(0, 40);
  for (const std::string_view one : known) {
    list += (list.empty() ? "" : ", ") + std::string(one);
    const size_t letters = distance(head, one);
    if (letters < best && letters < one.size()) {
      best = letters;
      near = one;
    }
  }
  return (near.empty() ? "" : "did you mean '" + near + "'? ") + "known are " + list;
}

void require_map(const Node& node, const std::string& what, const Words& keys) {
  if (!node.is_map()) wrong(node, what + " must be a map of keys", known_words("", keys));
  for (const NodeMember& member : node.members) {
    if (std::find(keys.begin(), keys.end(), member.key) == keys.end())
      wrong(member.value, what + " has no key '" + member.key + "'", known_words(member.key, keys));
  }
}

const Node& needed(const Node& map, const char* key, const std::string& what) {
  const Node* found = map.find(key);
  if (found == nullptr || found->is_null()) wrong(map, what + " needs '" + key + "'");
  return *found;
}

std::string text_of(const Node& node, const std::string& what) {
  if (!node.is_text() || node.value.get_ref<const std::string&>().empty())
    wrong(node, what + " must be a text");
  return node.value.get<std::string>();
}

bool flag_of(const Node& node, const std::string& what) {
  if (!node.is_scalar() || !node.value.is_boolean()) wrong(node, what + " must be true or false");
  return node.value.get<bool>();
}

double number_of(const Node& node, const std::string& what) {
  if (!node.is_scalar() || !node.value.is_number()) wrong(node, what + " must be a number");
  return node.value.get<double>();
}

int64_t whole_of(const Node& node, const std::string& what) {
  const double value = node.is_scalar() && node.value.is_number() ? node.value.get<double>() : -1;
  if (!(value >= 0 && value < 9e15) || value != std::floor(value))
    wrong(node, what + " must be a whole number, 0 or more");
  return static_cast<int64_t>(value);
}

std::vector<std::string> texts_of(const Node& node, const std::string& what) {
  if (!node.is_list()) return {text_of(node, what)};
  std::vector<std::string> texts;
  for (const Node& item : node.items) texts.push_back(text_of(item, "an item of " + what));
  if (texts.empty()) wrong(node, what + " is an empty list");
  return texts;
}

double seconds_of(const Node& node, const std::string& what) {
  const double seconds = node.is_text() ? duration_in(node.value.get<std::string>()) : 0;
  if (!(seconds > 0 && seconds < 1e10))
    wrong(node, what + " must be a duration", "write 90s, 15m, 26h or 2d");
  return seconds;
}

}  // namespace mr::quality
