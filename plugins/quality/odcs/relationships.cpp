// Foreign keys of a contract: `to` names a property of another object, by names (customers.id) or
// by ids (schema/customers_tbl/properties/id_field).
#include "quality/engine/parts.hpp"
#include "quality/odcs/scope.hpp"

#include <algorithm>

namespace mr::quality::odcs {
namespace {

using gx::Compiled;
using gx::Expectation;
using nlohmann::json;

struct Reference {
  std::string object{}, property{};  // names or ids, as the contract has them
};

Reference reference_of(const Node& node) {
  std::string text = text_of(node, "a reference");
  if (text.find('#') != std::string::npos)
    wrong(node, "references into other contracts are not followed",
          "name the dataset: customers.id");
  if (text.starts_with("/")) text.erase(0, 1);
  const std::string section = "schema/", middle = "/properties/";
  if (text.starts_with(section)) {
    const size_t at = text.find(middle);
    if (at == std::string::npos || text.find(middle, at + 1) != std::string::npos)
      wrong(node, "'" + text + "' is no column of an object");
    return {text.substr(section.size(), at - section.size()), text.substr(at + middle.size())};
  }
  const size_t dot = text.find('.');
  if (dot == std::string::npos || dot == 0 || text.find('.', dot + 1) != std::string::npos)
    wrong(node, "'" + text + "' is no column of an object", "write customers.id");
  return {text.substr(0, dot), text.substr(dot + 1)};
}

std::vector<Reference> references_of(const Node& node) {
  if (!node.is_list()) return {reference_of(node)};
  std::vector<Reference> list;
  for (const Node& item : node.items) list.push_back(reference_of(item));
  if (list.empty()) wrong(node, "it refers to nothing");
  return list;
}

const Node* named(const Node* list, const std::string& name) {
  if (list == nullptr) return nullptr;
  for (const Node& one : list->items) {
    for (const char* key : {"id", "name", "physicalName"}) {
      if (text_or(one, key, "") == name) return &one;
    }
  }
  return nullptr;
}

// The names that rows of an object may go by: its physical one, its own.
std::vector<std::string> dataset_names(const Scope& scope, const std::string& object) {
  const Node* found = named(scope.document.find("schema"), object);
  if (found == nullptr) return {object};
  return {text_or(*found, "physicalName", object), text_or(*found, "name", object)};
}

// The column in the other dataset that a property of the contract stands for.
std::string key_there(const Scope& scope, const Reference& to, const dqdl::OtherSource& other) {
  const Node* object = named(scope.document.find("schema"), to.object);
  const Node* property =
      object == nullptr ? nullptr : named(object->find("properties"), to.property);
  const std::string name = property == nullptr ? to.property : text_or(*property, "name", "");
  const std::string physical =
      property == nullptr ? name : text_or(*property, "physicalName", name);
  const bool is_there = std::any_of(other.columns.begin(), other.columns.end(),
                                    [&](const auto& column) { return column.name == physical; });
  return is_there ? physical : name;
}

std::string dataset_of(const Scope& scope, const std::vector<Reference>& to, const Node& node) {
  for (const Reference& one : to) {
    if (one.object != to.front().object) wrong(node, "a key refers to one object, not to several");
  }
  const auto names = dataset_names(scope, to.front().object);
  for (const std::string& name : names) {
    try {
      parts::source_named(scope.world, name);
      return name;
    } catch (const gx::UnfitColumn&) {
      continue;
    }
  }
  return names.back();
}

std::vector<std::string> columns_here(const Scope& scope, const Node& node, const Property* of) {
  const Node* from = node.find("from");
  if (of != nullptr) {
    if (from != nullptr) wrong(*from, "a relationship of a property has no 'from'");
    require_column(*of);
    return {of->column->name};
  }
  if (from == nullptr) wrong(node, "a relationship of an object needs 'from'");
  std::vector<std::string> columns;
  for (const Reference& one : references_of(*from)) {
    if (named(scope.document.find("schema"), one.object) != &scope.object)
      wrong(*from, "'from' must be of this object");
    columns.push_back(column_name(scope, one.property));
  }
  return columns;
}

Compiled compile(const Scope& scope, const Expectation& e, const Node& node, const Property* of) {
  require_map(node, "a relationship",
              {"type", "from", "to", "customProperties", "id", "description"});
  const std::string type = text_or(node, "type", "foreignKey");
  if (type != "foreignKey")
    wrong(node, "relationships of type '" + type + "' are not known", "known is foreignKey");
  const Node& target = needed(node, "to", "a relationship");
  const auto to = references_of(target);
  const std::string dataset = dataset_of(scope, to, target);
  const dqdl::OtherSource& other = parts::source_named(scope.world, dataset);
  std::vector<std::string> keys;
  for (const Reference& one : to) keys.push_back(key_there(scope, one, other));
  return parts::references(e, columns_here(scope, node, of), dataset, keys, scope.world);
}

std::string words_of(const Node* node) {
  if (node == nullptr) return "?";
  if (node->is_text()) return node->value.get<std::string>();
  std::string words;
  for (const Node& item : node->items)
    words += (words.empty() ? "" : ", ") + (item.is_text() ? item.value.get<std::string>() : "?");
  return words;
}

}  // namespace

void add_relationships(Scope& scope, const Node& node, const Property* of) {
  const std::string from = of != nullptr ? of->name : words_of(node.find("from"));
  scope.add(from + " refers to " + words_of(node.find("to")), node.place, node.to_json(),
            [&](Expectation& e) { return compile(scope, e, node, of); });
}

}  // namespace mr::quality::odcs
