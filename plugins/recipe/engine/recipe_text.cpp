#include "recipe/engine/recipe_text.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "recipe/engine/recipe.hpp"

namespace mr::recipe {
namespace {

constexpr int kDeepest = 64;          // of lists and objects in each other
constexpr size_t kMostNodes = 200000;  // of a YAML tree with its aliases put in

std::string line_and_column(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, std::min(at, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - start + 1);
}

// What people get wrong when they type from printed samples.
std::string json_hint(std::string_view text, size_t at) {
  const size_t before = text.substr(0, std::min(at, text.size())).find_last_not_of(" \t\r\n");
  if (at < text.size() && (text[at] == ']' || text[at] == '}') && before != std::string_view::npos && text[before] == ',') return "take away the comma before the bracket";
  if (at < text.size() && (text[at] == '"' || text[at] == '{')) return "a comma is missing before it";
  if (at < text.size() && (text[at] == '/' || text[at] == '#')) return "JSON has no comments";
  return "look for a trailing comma or a missing quote";
}

Tree from_json(std::string_view text, const std::string& name) {
  try {
    return Tree::parse(text, [&](int depth, Tree::parse_event_t, Tree&) {
      if (depth > kDeepest) throw RecipeError("E6002", "lists and objects stand in each other more than " + std::to_string(kDeepest) + " deep", name);
      return true;
    });
  } catch (const Tree::parse_error& error) {
    const size_t at = error.byte > 0 ? error.byte - 1 : 0;
    throw RecipeError("E6001", "not JSON at " + line_and_column(text, at), name, json_hint(text, at));
  }
}

class YamlReader {
 public:
  explicit YamlReader(const std::string& name) : name_(name) {}

  Tree read(const YAML::Node& node, int depth = 0) {
    if (depth > kDeepest || ++nodes_ > kMostNodes) throw RecipeError("E6002", "the YAML is too deep or too large", name_ + ":" + place_of(node), "take away aliases, or export the recipe as JSON");
    // !Sub and !Ref stand for something that only their tool can put in.
    if (node.Tag().size() > 1 && node.Tag().front() == '!') {
      throw RecipeError("E6002", "the tag " + node.Tag() + " can't be resolved here", name_ + ":" + place_of(node), "put in its value");
    }
    if (node.IsMap()) {
      Tree object = Tree::object();
      for (const auto& member : node) {
        if (!member.first.IsScalar()) throw RecipeError("E6002", "the key of a mapping is no text", name_ + ":" + place_of(node));
        if (!object.emplace(member.first.Scalar(), read(member.second, depth + 1)).second) throw RecipeError("E6002", "the key " + member.first.Scalar() + " stands twice", name_ + ":" + place_of(member.first));
      }
      return object;
    }
    if (node.IsSequence()) {
      Tree list = Tree::array();
      for (const auto& item : node) list.push_back(read(item, depth + 1));
      return list;
    }
    if (!node.IsScalar()) return {};
    return node.Tag() == "?" ? scalar_of(node.Scalar()) : Tree(node.Scalar());  // else it is in quotes
  }

 private:
  static std::string place_of(const YAML::Node& node) { return std::to_string(node.Mark().line + 1) + ":" + std::to_string(node.Mark().column + 1); }

  const std::string& name_;
  size_t nodes_ = 0;
};

Tree from_yaml(std::string_view text, const std::string& name) {
  try {
    return YamlReader(name).read(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    throw RecipeError("E6002", "neither JSON nor YAML: " + error.msg, name + ":" + std::to_string(error.mark.line + 1) + ":" + std::to_string(error.mark.column + 1), "export the recipe once more");
  }
}

// JSON inside a text, as deep as no action needs it: it would be read by functions that call
// themselves.
bool is_too_deep(const std::string& text) {
  if (!text.starts_with('[') && !text.starts_with('{')) return false;
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest > 200;
}

}  // namespace

Tree scalar_of(const std::string& text) {
  const Tree value = Tree::parse(text, nullptr, false);
  const bool shortest = (value.is_number() || value.is_boolean()) && value.dump() == text;
  return shortest ? value : Tree(text);
}

std::string text_in(const Tree& value, const std::string& name, const std::string& where) {
  if (!value.is_string()) return value.dump(-1, ' ', false, Tree::error_handler_t::replace);
  if (is_too_deep(value.get_ref<const std::string&>())) throw RecipeError("E6003", "'" + name + "' holds lists and objects more than 200 deep", where);
  return value.get<std::string>();
}

Tree tree_of(std::string_view text, const std::string& name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) throw RecipeError("E6001", "the recipe is empty", name, "a recipe without steps is []");
  // Flow style of YAML starts like JSON; a recipe file that does is JSON.
  return text[first] == '[' || text[first] == '{' ? from_json(text, name) : from_yaml(text, name);
}

}  // namespace mr::recipe
