#include "graph/order.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TaskIndex t(int32_t at) { return {at}; }

TEST(Order, PutsEveryTaskAfterItsNeeds) {
  const NeedsList needs{{t(1), t(2)}, {t(2)}, {}};
  EXPECT_EQ(topological_order(needs), (std::vector<TaskIndex>{t(2), t(1), t(0)}));
  EXPECT_EQ(layers(needs), (std::vector<int32_t>{2, 1, 0}));
  EXPECT_TRUE(find_cycle(needs).empty());
}

TEST(Order, ShowsACycleAsAPath) {
  const NeedsList needs{{}, {t(2)}, {t(3)}, {t(1), t(0)}};
  EXPECT_FALSE(topological_order(needs).has_value());
  EXPECT_EQ(find_cycle(needs), (std::vector<TaskIndex>{t(1), t(2), t(3), t(1)}));
  EXPECT_EQ(find_cycle({{t(0)}}), (std::vector<TaskIndex>{t(0), t(0)}));
}

TEST(Order, KnowsWhoIsUpstream) {
  const NeedsList needs{{}, {t(0)}, {t(1)}, {t(0)}};
  Upstream upstream(needs);
  EXPECT_TRUE(upstream.contains(t(2), t(0)));
  EXPECT_FALSE(upstream.contains(t(2), t(3)));
  EXPECT_FALSE(upstream.contains(t(0), t(2)));
  EXPECT_FALSE(upstream.contains(t(1), t(1)));
}

TEST(Order, HoldsAChainOfAHundredThousandTasks) {
  NeedsList needs(100'000);
  for (int32_t i = 1; i < 100'000; ++i) needs[static_cast<size_t>(i)].push_back(t(i - 1));
  EXPECT_TRUE(find_cycle(needs).empty());
  Upstream upstream(needs);
  EXPECT_TRUE(upstream.contains(t(99'999), t(0)));
}

}  // namespace
}  // namespace millrace
