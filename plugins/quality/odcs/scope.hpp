// What the parts of a contract share while they are compiled: the chosen object, and how a check is
// added.
//
// One thread.
#pragma once
#include "quality/dqdl/world.hpp"
#include "quality/engine/gx_suite.hpp"
#include "quality/engine/tree.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mr::quality::odcs {

struct Property {
  const Node* node = nullptr;
  std::string name{};                            // as the contract calls it: address.city
  std::string sql{}, type{};                     // empty: the rows have no such column
  const mr::data::ColumnInfo* column = nullptr;  // that it is, or that it is a part of

  bool is_nested() const { return name.find('.') != std::string::npos; }
};

class Scope {
 public:
  using Compile = std::function<gx::Compiled(gx::Expectation&)>;

  Scope(const Target& target_, Measures& measures_, const dqdl::World& world_,
        const Node& document_, const Node& object_)
      : target(target_), measures(measures_), world(world_), document(document_), object(object_) {}

  // `kwargs` are for the result alone.
  void add(const std::string& name, const std::string& place, nlohmann::json kwargs,
           const Compile& compile);
  // Written for people, or about something else than rows: it holds, and says that nothing was
  // checked.
  void note(const std::string& name, const std::string& why);

  const Target& target;
  Measures& measures;
  const dqdl::World& world;
  const Node& document;
  const Node& object;
  std::vector<gx::Entry> entries{};
};

std::string text_or(const Node& node, const char* key, const std::string& other);

Property property_of(const Scope& scope, const Node& node);  // a column
// The name of the column that a property of the object has: physicalName, or name.
std::string column_name(const Scope& scope, const std::string& property);

// Throws when the rows have no such column.
void require_column(const Property& property);
// Of values of the property that are not NULL, all must be `good`.
gx::Compiled values(const gx::Expectation& e, const Property& property, const std::string& good);

void add_property(Scope& scope, const Property& property);                   // properties.cpp
void add_primary_key(Scope& scope);                                          // properties.cpp
void add_options(Scope& scope, const Property& property);                    // options.cpp
void add_quality(Scope& scope, const Node& node, const Property* of);        // quality_rules.cpp
void add_relationships(Scope& scope, const Node& node, const Property* of);  // relationships.cpp
void add_service_levels(Scope& scope);                                       // service_levels.cpp

}  // namespace mr::quality::odcs
