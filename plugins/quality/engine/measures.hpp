// The measures that checks ask for: equal ones are computed once, all scalars in one SELECT, and one grouping pass per key set.
//
// One thread. A measure that can't be bound (a bad where text, say) carries its reason instead of a value and spoils no other.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::quality {

using MeasureId = size_t;

class Measures {
 public:
  // `aggregate` over the rows where `filter` holds (empty: all rows).
  MeasureId scalar(const std::string& aggregate, const std::string& filter = "");
  // `aggregate` over one row per key with its count `n`.
  MeasureId grouped(const std::string& keys, const std::string& filter, const std::string& aggregate);
  void compute(mr::data::Session& session, const std::string& relation);

  const std::optional<std::string>& text(MeasureId id) const { return measures_[id].value; }
  std::optional<double> number(MeasureId id) const;
  int64_t count(MeasureId id) const;  // 0 for NULL
  const std::string& problem(MeasureId id) const { return measures_[id].problem; }
  std::string first_problem() const;  // empty: none has one
  int scans() const { return scans_; }

 private:
  struct Measure {
    std::string sql{}, keys{}, filter{};
    std::optional<std::string> value{};
    std::string problem{};
  };
  void compute_set(mr::data::Session& session, const std::string& source, const std::vector<MeasureId>& set);
  void read(mr::data::Session& session, const std::string& source, const std::vector<MeasureId>& set);
  std::vector<Measure> measures_{};
  int scans_ = 0;
};

}  // namespace mr::quality
