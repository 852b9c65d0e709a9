// Where an axis begins, ends, and has its marks. Pure; any thread.
//
// Marks stand at round numbers (1, 2 or 5 times a power of ten) or at round times in UTC: seconds up to years, weeks on Mondays.
#pragma once
#include <string>
#include <vector>

namespace mr::report {

struct Tick {
  double at = 0;
  std::string label{};
};

struct Axis {
  double low = 0, high = 1;  // low < high
  std::vector<Tick> ticks{};
  // 0 at the low end, 1 at the high one.
  double share(double value) const { return (value - low) / (high - low); }
};

double round_step(double rough);  // the next of 1, 2, 5, 10 … times a power of ten

// From and to a mark, with about so many between them; what lies beyond 1e300 is drawn there.
Axis number_axis(double low, double high, int about);
// From the first to the last value themselves, seconds since 1970. `days`: no mark between two midnights.
Axis time_axis(double low, double high, int about, bool days = false);

}  // namespace mr::report
