#include "parse/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "base/text.hpp"

namespace millrace {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr size_t kMaxNodes = 1'000'000;
constexpr size_t kMaxDepth = 100;

// Leaves yaml-cpp's parser early; caught in read_yaml.
struct Stop {};

Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

bool digits_only(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

bool looks_real(std::string_view text) {
  text = without_sign(text);
  const size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  if (e != std::string_view::npos && !digits_only(without_sign(text.substr(e + 1)))) return false;
  const size_t dot = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, dot);
  const std::string_view part = dot == std::string_view::npos ? std::string_view{} : mantissa.substr(dot + 1);
  return (digits_only(whole) && (part.empty() || digits_only(part))) || (whole.empty() && digits_only(part));
}

Json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  const char* end = text.data() + text.size();
  if (digits_only(without_sign(text))) {
    int64_t number{};
    if (const auto [at, error] = std::from_chars(begin, end, number); error == std::errc{} && at == end) return number;
  }
  if (looks_real(text)) {
    double number{};
    if (const auto [at, error] = std::from_chars(begin, end, number); error == std::errc{} && at == end && std::isfinite(number)) return number;
  }
  return text;
}

size_t depth_of(const YamlNode& node) {
  size_t deepest = 0;
  for (const YamlNode& item : node.items) deepest = std::max(deepest, depth_of(item));
  for (const YamlMember& member : node.members) deepest = std::max(deepest, depth_of(member.value));
  return deepest + 1;
}

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(YamlTree& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, anchor, {}, ""); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = anchors_.find(anchor);
    if (at == anchors_.end()) stop(mark, "E1019", "an alias refers to the value that it is part of", "write the value out");
    nodes_ += at->second.second;
    count(mark);
    if (levels_.size() + depth_of(at->second.first) > kMaxDepth) stop(mark, "E1002", "the file is nested deeper than 100 levels", "flatten it");
    YamlNode copy = at->second.first;
    add(std::move(copy), 0, at->second.second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    const bool quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    const bool secret = tag == "!secret" && !wants_key();
    if (!secret) refuse_tag(mark, quoted ? "" : tag);
    if (wants_key()) return key(mark, text, quoted);
    if (!quoted && without_sign(text).size() > 1 && without_sign(text)[0] == '0' && digits_only(without_sign(text))) {
      note(mark, "E1018", "the number " + text + " starts with a zero, which some read as octal", "write '" + text + "' for a text, or leave the zeros out");
    }
    leaf(mark, anchor, quoted || secret ? Json(text) : plain_scalar(text), text, secret);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    YamlNode node{};
    YAML::anchor_t anchor{};
    size_t first_node{};
    bool has_key{};
    std::string key{};
    Place key_place{};
    std::unordered_set<std::string> keys{};
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string code, std::string what, std::string hint) {
    note(mark, std::move(code), std::move(what), std::move(hint));
    throw Stop{};
  }

  void note(const YAML::Mark& mark, std::string code, std::string what, std::string hint) {
    tree_.mistakes.push_back({place_of(mark), std::move(code), std::move(what), std::move(hint)});
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    note(mark, "E1019", "the tag " + quote(tag) + " is not available", "write the value without a tag");
  }

  void count(const YAML::Mark& mark) {
    if (nodes_ > kMaxNodes) stop(mark, "E1002", "the file has more than a million values", "split it, or use fewer aliases");
  }

  void deepen(const YAML::Mark& mark) {
    if (levels_.size() > kMaxDepth) stop(mark, "E1002", "the file is nested deeper than 100 levels", "flatten it");
  }

  bool wants_key() const { return !levels_.empty() && levels_.back().node.is_map() && !levels_.back().has_key; }

  void key(const YAML::Mark& mark, const std::string& text, bool quoted) {
    Level& level = levels_.back();
    if (text == "<<" && !quoted) note(mark, "E1019", "merge keys (<<) are not available", "write the keys out, or use defaults");
    if (!level.keys.insert(text).second) note(mark, "E1003", "the key " + quote(text) + " stands here twice", "remove one of them");
    level.key = text;
    level.key_place = place_of(mark);
    level.has_key = true;
  }

  void not_a_key(const YAML::Mark& mark) {
    if (wants_key()) stop(mark, "E1019", "a key must be text, not a list or map", "quote expressions: \"{{ ... }}\"");
  }

  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, Json value, const std::string& text, bool secret = false) {
    if (wants_key()) return key(mark, text, true);
    ++nodes_;
    count(mark);
    YamlNode node;
    node.place = place_of(mark);
    node.value = std::move(value);
    node.secret = secret;
    add(std::move(node), anchor, 1);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    not_a_key(mark);
    refuse_tag(mark, tag);
    deepen(mark);
    ++nodes_;
    count(mark);
    Level level;
    level.node.kind = kind;
    level.node.place = place_of(mark);
    level.anchor = anchor;
    level.first_node = nodes_;
    levels_.push_back(std::move(level));
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    add(std::move(level.node), level.anchor, nodes_ - level.first_node + 1);
  }

  void add(YamlNode node, YAML::anchor_t anchor, size_t nodes) {
    if (anchor != 0) anchors_[anchor] = {node, nodes};
    if (levels_.empty()) {
      tree_.root = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (!level.node.is_map()) {
      level.node.items.push_back(std::move(node));
      return;
    }
    level.node.members.push_back({std::move(level.key), level.key_place, std::move(node)});
    level.has_key = false;
  }

  YamlTree& tree_;
  std::vector<Level> levels_{};
  std::unordered_map<YAML::anchor_t, std::pair<YamlNode, size_t>> anchors_{};
  size_t nodes_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Json YamlNode::to_json() const {
  switch (kind) {
    case Kind::scalar: return value;
    case Kind::list: {
      Json::Array result;
      for (const YamlNode& item : items) result.push_back(item.to_json());
      return result;
    }
    case Kind::map: {
      Json::Object result;
      for (const YamlMember& member : members) result.emplace_back(member.key, member.value.to_json());
      return result;
    }
  }
  return {};
}

YamlTree read_yaml(std::string_view text) {
  YamlTree tree;
  if (text.size() > kMaxBytes) {
    tree.mistakes.push_back({{}, "E1002", "the file is larger than 16 MiB", "split it"});
    return tree;
  }
  if (!is_valid_utf8(text)) {
    tree.mistakes.push_back({{}, "E1001", "the file is not UTF-8 text", "save it as UTF-8"});
    return tree;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(tree);
    if (!parser.HandleNextDocument(builder)) {
      tree.mistakes.push_back({{}, "E1001", "the file is empty", "start with dag: <name>"});
      return tree;
    }
    YamlTree second;
    Builder rest(second);
    if (parser.HandleNextDocument(rest)) {
      tree.mistakes.push_back({second.root.place, "E1019", "the file has a second document (---)", "one Dag per file: move it to a file of its own"});
    }
    tree.whole = true;
  } catch (const Stop&) {  // the mistake is noted: in `tree`, unless a second document stopped
    if (tree.mistakes.empty()) tree.mistakes.push_back({{}, "E1019", "the file has a second document (---)", "one Dag per file: move it to a file of its own"});
  } catch (const YAML::Exception& error) {
    std::string hint = error.msg.find("tab") != std::string::npos || text.find('\t') != std::string_view::npos
                           ? "indent with spaces, not tabs" : "look for a missing quote, colon or bracket just before this place";
    tree.mistakes.push_back({place_of(error.mark), "E1001", "this is not YAML: " + error.msg, std::move(hint)});
  }
  return tree;
}

}  // namespace millrace
