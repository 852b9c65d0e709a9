// YAML as a tree of values that know their place, without the surprises of YAML 1.1.
//
// Pure; any thread. Plain `true`, `null`, `12`, `1.5` are typed as in YAML 1.2's core schema; yes, no, on, off are text; `010` is
// refused as ambiguous. Refused: tags but !secret, merge keys, duplicate keys, several documents, keys that are not text, more than a
// million nodes, depth above 100, 16 MiB of text.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace millrace {

struct YamlNode;
struct YamlMember;

struct Place {
  int line = 1;
  int column = 1;
  auto operator<=>(const Place&) const = default;
};

struct YamlNode {
  enum class Kind : uint8_t { scalar = 1, list, map };
  Kind kind = Kind::scalar;
  Place place{};
  Json value{};  // of a scalar
  bool secret = false;  // `!secret name`: the value is the name
  std::vector<YamlNode> items{};
  std::vector<YamlMember> members;  // no initializer: YamlMember is incomplete here, and clang minds

  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  bool is_text() const { return kind == Kind::scalar && value.is_text(); }
  bool is_null() const { return kind == Kind::scalar && value.is_null(); }
  const std::string& text() const { return value.as_text(); }
  const YamlNode* find(std::string_view key) const;
  Json to_json() const;
};

struct YamlMember {
  std::string key{};
  Place place{};
  YamlNode value{};
};

// A mistake before it knows its file; sorted by place.
struct Mistake {
  Place place{};
  std::string code{}, what{}, hint{};
};

struct YamlTree {
  YamlNode root{};
  std::vector<Mistake> mistakes{};
  bool whole = false;  // false: the text could not be read to its end, root is of no use
};

YamlTree read_yaml(std::string_view text);

}  // namespace millrace
