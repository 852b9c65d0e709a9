// The demo data: the same bytes every time, linear in scale, and with the dirt that the main job must survive.
#include "app/demo_data.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "base/hash.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

class DemoData : public ::testing::Test {
 protected:
  DemoData() { fs::remove_all(root_); }
  ~DemoData() override { fs::remove_all(root_); }

  std::string make(const std::string& name, DemoOptions options) {
    options.folder = (root_ / name).string();
    const auto made = make_demo_data(options);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : to_string(made.error()));
    return options.folder + "/landing";
  }

  static std::map<std::string, std::string> hashes(const std::string& folder) {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.is_regular_file()) out[fs::relative(entry.path(), folder).string()] = *sha256_hex_of_file(entry.path().string());
    return out;
  }

  static uintmax_t bytes(const std::string& folder) {
    uintmax_t sum = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.is_regular_file()) sum += entry.file_size();
    return sum;
  }

  static std::string unzip(const std::string& path) {
    std::string out, piece(1 << 16, '\0');
    gzFile file = gzopen(path.c_str(), "rb");
    for (int got = 0; (got = gzread(file, piece.data(), static_cast<unsigned>(piece.size()))) > 0;) out.append(piece, 0, static_cast<size_t>(got));
    gzclose(file);
    return out;
  }

  const fs::path root_ = fs::temp_directory_path() / ("millrace-demo-" + std::to_string(getpid()));
};

TEST_F(DemoData, gives_the_same_bytes_for_the_same_options) {
  const auto first = hashes(make("a", {.seed = 5})), again = hashes(make("b", {.seed = 5}));
  EXPECT_EQ(first, again);
  EXPECT_EQ(first.size(), 3u * 8 + 2 * 2 + 2 + 2);  // eight files a day, two late ones from the second day on, the database and the products, two weeks
}

TEST_F(DemoData, changes_with_the_seed) {
  const auto first = hashes(make("a", {.days = 1, .seed = 5})), other = hashes(make("b", {.days = 1, .seed = 6}));
  for (const auto& [name, hash] : first) EXPECT_NE(other.at(name), hash) << name;
}

TEST_F(DemoData, gives_a_day_the_same_bytes_however_many_days_follow) {
  const auto brief = hashes(make("a", {.days = 1})), longer = hashes(make("b", {.days = 2}));
  for (const auto& [name, hash] : brief) EXPECT_EQ(longer.at(name), hash) << name;
}

TEST_F(DemoData, is_about_a_megabyte_at_scale_one_and_grows_linearly) {
  const auto one = bytes(make("a", {.scale = 1})), ten = bytes(make("b", {.scale = 10}));
  EXPECT_GT(one, 700'000u);
  EXPECT_LT(one, 1'400'000u);
  EXPECT_GT(ten, 8 * one);
  EXPECT_LT(ten, 12 * one);
}

TEST_F(DemoData, has_the_dirt_of_real_orders) {
  const std::string folder = make("a", {.scale = 4});
  const std::string lines = *read_text(folder + "/orders/2026-11-02/order_lines.csv"), orders = *read_text(folder + "/orders/2026-11-02/orders.csv");
  EXPECT_NE(orders.find("\nC"), std::string::npos) << "a cancelled order";
  EXPECT_NE(orders.find(",,2026-11-02"), std::string::npos) << "a blank customer";
  EXPECT_NE(lines.find(",-"), std::string::npos) << "a negative quantity";
  auto rows = split(lines, '\n');
  std::sort(rows.begin(), rows.end());
  EXPECT_NE(std::adjacent_find(rows.begin(), rows.end()), rows.end()) << "a line told twice";
  const std::string late = *read_text(folder + "/orders/2026-11-02/orders_late.csv");
  EXPECT_NE(late.find("2026-11-01 "), std::string::npos) << "an order of the day before";
}

TEST_F(DemoData, writes_gzip_that_other_programs_read) {
  const std::string folder = make("a", {.days = 1});
  const std::string log = unzip(folder + "/logs/access-2026-11-01.log.gz");
  EXPECT_NE(log.find("[01/Nov/2026:"), std::string::npos);
  EXPECT_NE(log.find("ExampleBot"), std::string::npos);
  EXPECT_EQ(log.back(), '\n');
}

TEST_F(DemoData, refuses_what_it_can_not_make) {
  const std::string folder = root_.string();
  EXPECT_EQ(make_demo_data({.folder = folder, .first_day = "2026-02-30"}).error().code, "E9300");
  EXPECT_EQ(make_demo_data({.folder = folder, .days = 0}).error().code, "E9300");
  EXPECT_EQ(make_demo_data({.folder = folder, .scale = -1}).error().code, "E9300");
  EXPECT_EQ(make_demo_data({.folder = "/dev/null/x"}).error().code, "E9301");
}

}  // namespace
}  // namespace millrace
