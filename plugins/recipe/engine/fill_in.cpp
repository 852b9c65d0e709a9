// ${name} in the values of a recipe, replaced by what the task gives.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "recipe/engine/recipe.hpp"

namespace mr::recipe {
namespace {

using nlohmann::json;

class Filler {
 public:
  explicit Filler(const std::map<std::string, std::string>& values) : values_(values) {}

  // JSON inside the text stays JSON: only its texts are filled.
  std::string fill(const std::string& text, const std::string& where) {
    if (text.find("${") == std::string::npos) return text;
    if (text.starts_with('[') || text.starts_with('{')) {
      json tree = json::parse(text, nullptr, false);
      if (!tree.is_discarded()) {
        fill_texts(tree, where);
        return tree.dump(-1, ' ', false, json::error_handler_t::replace);
      }
    }
    return fill_plain(text, where);
  }

  void refuse_unused() const {
    for (const auto& [name, value] : values_) {
      if (!used_.contains(name)) throw RecipeError("E6005", "params has '" + name + "', but the recipe has no ${" + name + "}", "params", "take it away, or correct its name");
    }
  }

 private:
  static bool is_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  }

  std::string fill_plain(const std::string& text, const std::string& where) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t start = text.find("${", at);
      const size_t end = start == std::string::npos ? start : text.find('}', start);
      if (end == std::string::npos) return out + text.substr(at);
      const std::string name = text.substr(start + 2, end - start - 2);
      const bool escaped = start > at && text[start - 1] == '$';
      if (escaped || !is_name(name)) {
        out += text.substr(at, start - at - (escaped ? 1 : 0)) + "${";
        at = start + 2;
        continue;
      }
      out += text.substr(at, start - at) + value_of(name, where);
      at = end + 1;
    }
    return out;
  }

  void fill_texts(json& tree, const std::string& where) {
    if (tree.is_string()) tree = fill_plain(tree.get<std::string>(), where);
    if (!tree.is_structured()) return;
    for (json& value : tree) fill_texts(value, where);
  }

  const std::string& value_of(const std::string& name, const std::string& where) {
    const auto found = values_.find(name);
    if (found == values_.end()) throw RecipeError("E6005", "${" + name + "} is not among the task's params", where, "give it there, or write $${ for the text");
    used_.insert(name);
    return found->second;
  }

  const std::map<std::string, std::string>& values_;
  std::set<std::string> used_{};
};

}  // namespace

void fill_in(Recipe& recipe, const std::map<std::string, std::string>& values) {
  if (values.empty()) return;
  Filler filler(values);
  for (Step& step : recipe.steps) {
    for (auto& [name, value] : step.parameters) value = filler.fill(value, place(step) + " parameter '" + name + "'");
    for (Condition& condition : step.conditions) {
      condition.value = filler.fill(condition.value, place(step) + " condition " + condition.name);
      condition.column = filler.fill(condition.column, place(step) + " condition " + condition.name);
    }
  }
  filler.refuse_unused();
}

}  // namespace mr::recipe
