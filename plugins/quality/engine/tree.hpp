// A text of a dialect, YAML or JSON, as a tree of values that know their places; and reads of it
// that say what was expected, and where.
//
// Pure; any thread. Plain scalars of YAML are typed as in YAML 1.2: yes and no are texts, and so is
// 010. Refused: tags, keys that stand twice, several documents, depth above 100, more than 500,000
// values. Errors: QualityError, E7002 for a text that can't be read, E7005 for a value that isn't
// what is expected.
#pragma once
#include "quality/engine/check.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mr::quality {

struct NodeMember;

struct Node {
  enum class Kind : uint8_t { scalar = 1, list, map };
  Kind kind = Kind::scalar;
  nlohmann::json value{};  // of a scalar
  std::string place{};     // checks.yaml:3:5; in JSON the way there: rules.json: Rules[2].Name
  std::vector<Node> items{};
  std::vector<NodeMember> members;  // no initializer: NodeMember is incomplete here

  bool is_map() const { return kind == Kind::map; }

  bool is_list() const { return kind == Kind::list; }

  bool is_scalar() const { return kind == Kind::scalar; }

  bool is_text() const { return is_scalar() && value.is_string(); }

  bool is_null() const { return is_scalar() && value.is_null(); }

  const Node* find(std::string_view key) const;  // nullptr: there is none
  nlohmann::json to_json() const;
};

struct NodeMember {
  std::string key{};
  Node value{};
};

Node read_yaml(std::string_view text, const std::string& name);
Node read_json(std::string_view text, const std::string& name);
Node read_tree(std::string_view text, const std::string& name);  // JSON by its first sign, or YAML
Node node_of(const nlohmann::json& value, const std::string& place);  // the way begins there
bool starts_as_json(std::string_view text);

using Words = std::vector<std::string_view>;

[[noreturn]] void wrong(const Node& node, const std::string& what, const std::string& hint = "");
// "did you mean 'x'? known are …": for a word that is none of these.
std::string known_words(std::string_view word, const Words& known);
// A map, with none but these keys. `what` names it: "a check".
void require_map(const Node& node, const std::string& what, const Words& keys);

// The member, which must be there.
const Node& needed(const Node& map, const char* key, const std::string& what);
std::string text_of(const Node& node, const std::string& what);  // not empty
bool flag_of(const Node& node, const std::string& what);
double number_of(const Node& node, const std::string& what);
int64_t whole_of(const Node& node, const std::string& what);  // 0 or more
// One text, or a list of at least one.
std::vector<std::string> texts_of(const Node& node, const std::string& what);
double seconds_of(const Node& node, const std::string& what);  // 90s, 15m, 2h, 1d

}  // namespace mr::quality
