// What a chart draws: rows with a place on the x axis, and one number for each series. Values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mr::report {

enum class XKind : uint8_t { label = 1, number, time };  // time: seconds since 1970, UTC

struct Series {
  std::string name{};
  std::vector<std::optional<double>> values{};  // nothing: a gap
};

struct Plot {
  XKind kind = XKind::label;
  std::string x_name{};
  std::vector<std::string> labels{};  // of each row
  std::vector<double> x{};            // of each row; of labels: 0, 1, 2 …
  std::vector<Series> series{};
  std::string unit{};                 // stands at the axis of values
};

// Counts of the values between low + i * step and the next edge.
struct Histogram {
  std::string name{}, unit{};
  double low = 0, step = 1;
  std::vector<int64_t> counts{};
};

// Values by column and row: values[row * columns.size() + column].
struct HeatMap {
  std::string x_name{}, y_name{}, value_name{}, unit{};
  std::vector<std::string> columns{}, rows{};
  std::vector<std::optional<double>> values{};
  bool around_zero = false;  // values below zero have a colour of their own, and zero is the palest
};

}  // namespace mr::report
