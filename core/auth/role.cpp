#include "auth/role.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace millrace::auth {
namespace {

constexpr std::array<std::string_view, 4> kNames{"viewer", "operator", "author", "admin"};
constexpr size_t kMostLabel = 200;

}  // namespace

std::string_view name(Role role) { return kNames[static_cast<size_t>(role)]; }

std::optional<Role> role_from(std::string_view text) {
  const auto found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Role>(found - kNames.begin());
}

Labels labels_of(const Json& dag_labels) {
  Labels labels;
  for (const auto& [key, value] : dag_labels.members()) labels.push_back(key + "=" + (value.is_text() ? value.as_text() : value.dump()));
  return labels;
}

Result<Grant> grant_from(std::string_view text) {
  const auto colon = text.find(':');
  const auto role = role_from(text.substr(0, colon));
  if (!role) return Error{.code = "E8030", .what = "no role of that name", .where = "role", .hint = "roles are viewer, operator, author and admin; for Dags of one label: operator:team=sales"};
  if (colon == std::string_view::npos) return Grant{.role = *role, .label = {}};
  const auto label = text.substr(colon + 1);
  const auto equals = label.find('=');
  if (equals == 0 || equals == std::string_view::npos || label.size() > kMostLabel || !is_valid_utf8(label)) {
    return Error{.code = "E8030", .what = "a label is written key=value", .where = "role", .hint = "for example operator:team=sales"};
  }
  if (*role == Role::admin) return Error{.code = "E8030", .what = "an admin is one for everything", .where = "role", .hint = "grant admin without a label, or author with one"};
  return Grant{.role = *role, .label = std::string(label)};
}

std::string to_text(const Grant& grant) { return std::string(name(grant.role)) + (grant.label.empty() ? "" : ":" + grant.label); }

bool may(std::span<const Grant> grants, Role least, const Labels* labels) {
  return std::any_of(grants.begin(), grants.end(), [&](const Grant& grant) {
    if (grant.role < least) return false;
    if (grant.label.empty()) return true;
    return labels != nullptr && std::find(labels->begin(), labels->end(), grant.label) != labels->end();
  });
}

bool may_somewhere(std::span<const Grant> grants, Role least) {
  return std::any_of(grants.begin(), grants.end(), [&](const Grant& grant) { return grant.role >= least; });
}

}  // namespace millrace::auth
