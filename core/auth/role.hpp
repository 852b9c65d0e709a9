// Who may do what: roles, grants, and the one question that every door asks. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace::auth {

// Each may do what those before it may.
enum class Role : uint8_t { viewer = 0, operating, author, admin };

std::string_view name(Role role);  // "viewer", "operator", "author", "admin"
std::optional<Role> role_from(std::string_view text);

// A role for all Dags and the house itself, or for the Dags with one label only.
struct Grant {
  Role role = Role::viewer;
  std::string label{};  // "team=sales"; empty: all
  friend bool operator==(const Grant&, const Grant&) = default;
};

using Labels = std::vector<std::string>;  // of one Dag, each "key=value"
Labels labels_of(const Json& dag_labels);

// "operator", or "operator:team=sales". E8030 for what is neither.
Result<Grant> grant_from(std::string_view text);
std::string to_text(const Grant& grant);

// Of a Dag with these labels; without labels (null): of what belongs to no Dag, for which only a grant for all is good.
bool may(std::span<const Grant> grants, Role least, const Labels* labels);
// Anywhere at all: then lists show what may be seen.
bool may_somewhere(std::span<const Grant> grants, Role least);

}  // namespace millrace::auth
