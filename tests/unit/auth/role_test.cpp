#include "auth/role.hpp"

#include <gtest/gtest.h>

#include "auth/people.hpp"

namespace millrace::auth {
namespace {

TEST(Role, ARoleIncludesThoseBeforeIt) {
  for (int has = 0; has < 4; ++has) {
    const std::vector<Grant> grants{{.role = static_cast<Role>(has)}};
    for (int least = 0; least < 4; ++least) EXPECT_EQ(may(grants, static_cast<Role>(least), nullptr), has >= least) << has << " " << least;
  }
}

TEST(Role, AGrantForALabelIsGoodForDagsThatHaveItAndForNothingElse) {
  const std::vector<Grant> grants{{.role = Role::operating, .label = "team=sales"}};
  const Labels sales{"tier=1", "team=sales"}, other{"team=salesman"}, none{};
  EXPECT_TRUE(may(grants, Role::viewer, &sales));
  EXPECT_TRUE(may(grants, Role::operating, &sales));
  EXPECT_FALSE(may(grants, Role::author, &sales));
  EXPECT_FALSE(may(grants, Role::viewer, &other));
  EXPECT_FALSE(may(grants, Role::viewer, &none));
  EXPECT_FALSE(may(grants, Role::viewer, nullptr)) << "what belongs to no Dag needs a grant for all";
  EXPECT_TRUE(may_somewhere(grants, Role::operating));
  EXPECT_FALSE(may_somewhere(grants, Role::author));
}

TEST(Role, OneGrantForAllAndOneForALabelAddUp) {
  const std::vector<Grant> grants{{.role = Role::viewer}, {.role = Role::author, .label = "team=sales"}};
  const Labels sales{"team=sales"}, other{"team=stock"};
  EXPECT_TRUE(may(grants, Role::author, &sales));
  EXPECT_TRUE(may(grants, Role::viewer, &other));
  EXPECT_FALSE(may(grants, Role::operating, &other));
}

TEST(Role, WhoHasNoGrantMayNothing) {
  const Labels labels{"a=b"};
  EXPECT_FALSE(may({}, Role::viewer, &labels));
  EXPECT_FALSE(may({}, Role::viewer, nullptr));
  EXPECT_FALSE(may_somewhere({}, Role::viewer));
}

TEST(Role, GrantsAreTexts) {
  for (const auto* text : {"viewer", "operator", "author", "admin", "operator:team=sales", "viewer:a=b:c=d", "author:note="}) {
    const auto grant = grant_from(text);
    ASSERT_TRUE(grant) << text;
    EXPECT_EQ(to_text(*grant), text);
  }
  for (const auto* text : {"", "root", "Viewer", "viewer ", "operator:", "operator:team", "operator:=sales", "admin:team=sales", "viewer:\xff=a"}) {
    const auto grant = grant_from(text);
    ASSERT_FALSE(grant) << text;
    EXPECT_EQ(grant.error().code, "E8030");
  }
  EXPECT_FALSE(grant_from("viewer:a=" + std::string(300, 'x')));
}

TEST(Role, LabelsOfADagAreItsKeysAndValues) {
  EXPECT_EQ(labels_of(Json::object({{"team", "sales"}, {"tier", 1}})), (Labels{"team=sales", "tier=1"}));
  EXPECT_TRUE(labels_of(Json()).empty());
}

TEST(Role, NamesAreShortAndPlain) {
  for (const auto* good : {"ada", "ada.l@example.com", "CI_1-a"}) EXPECT_TRUE(check_name(good)) << good;
  for (const auto* bad : {"", ".", "..", "-ada", "a b", "a/b", "a\nb", "ad\xc3\xa4", "a'b"}) EXPECT_FALSE(check_name(bad)) << bad;
  EXPECT_FALSE(check_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace millrace::auth
