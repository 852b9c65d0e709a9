// The other datasets that a rule names by their aliases.
//
// One thread. Unfit for what is not there.
#pragma once
#include "quality/dqdl/scope.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mr::quality::dqdl {

const OtherSource& source_of(const Scope& scope, const std::string& alias);

// The column's name as SQL; nothing: it has none of this name, without regard to case.
std::optional<std::string> column_in(const OtherSource& source, const std::string& name);

// Names with commas between: "a,b".
std::vector<std::string> names_of(const std::string& list);

// Of "alias.column": that of a source that is there, which may have dots itself, else up to the
// first dot. npos: there is none.
size_t end_of_alias(const Scope& scope, const std::string& text);

// "alias.column" or "alias.{a,b}" apart; the alias is empty when there is none.
struct Reference {
  std::string alias{};
  std::vector<std::string> columns{};
};

Reference reference_of(const Scope& scope, const std::string& text);

}  // namespace mr::quality::dqdl
