// The measures that checks ask for, each over (relation, filter, keys). Equal ones are computed
// once; all scalar ones of one relation take one SELECT, and those over groups one grouping pass
// for each (relation, filter, keys).
//
// Measures of keys that ask whether any occurs twice need no pass when a proof by the way
// (seen_keys.hpp) says that none does.
//
// A SELECT computes at most a thousand of them. A measure can build on others: its SQL holds value_sql(id) where their value belongs, and it is
// computed a round later. One thread. A measure that can't be bound (a bad where text, say)
// carries its reason instead of a value and spoils no other.
#pragma once
#include "data/session.hpp"
#include "quality/engine/seen_keys.hpp"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace mr::quality {

using MeasureId = size_t;

// One scan: what is read, and what of it is computed.
struct Pass {
  int round = 0;  // those of a later round need values of an earlier one
  std::string relation{}, filter{};
  std::vector<std::string> keys{};  // of a grouping pass; empty: scalar measures of the relation
  std::vector<MeasureId> measures{};
};

class Measures {
 public:
  // `aggregate` over the rows of `relation` (empty: the one that is checked) where `filter` holds
  // (empty: all rows). One call of an aggregate takes its filter along into the scan of all rows;
  // an expression of several is one scan more for each filter.
  MeasureId scalar(const std::string& aggregate, const std::string& filter = "",
                   const std::string& relation = "");
  // `aggregate` over one row for each key that the rows in `filter` have: its parts k0, k1 … and
  // the number n of its rows. NULL is a key. `if_unique`: its value when there are such rows and
  // no two of them have the same key; empty: another pass says it.
  MeasureId grouped(const std::vector<std::string>& keys, const std::string& filter,
                    const std::string& aggregate, const std::string& relation = "",
                    const std::string& if_unique = "");
  static std::string value_sql(MeasureId id);  // stands in SQL for the value of a measure
  std::string filled(const std::string& sql)
      const;  // the SQL with the values in; NULL for one that has none (yet)

  std::vector<Pass> plan() const;  // in the order of compute()
  std::string sql_of(const Pass& pass, const std::string& relation) const;
  void compute(mr::data::Session& session, const std::string& relation);

  const std::optional<std::string>& text(MeasureId id) const { return measures_[id].value; }

  std::optional<double> number(MeasureId id) const;
  int64_t count(MeasureId id) const;  // 0 for NULL

  const std::string& problem(MeasureId id) const { return measures_[id].problem; }

  std::string first_problem() const;  // empty: none has one

  size_t size() const { return proofs_.empty() ? measures_.size() : asked_; }

  int scans() const { return scans_; }

 private:
  struct Measure {
    std::string relation{}, filter{}, sql{};
    std::vector<std::string> keys{};
    std::string if_unique{};
    int round = 0;
    std::optional<std::string> value{};
    std::string problem{};
  };

  using Key = std::tuple<std::string, std::vector<std::string>, std::string, std::string>;
  // That no key of a grouping pass occurs twice: made while the scalar measures are computed.
  struct Proof {
    SeenKeys seen;
    MeasureId rows = 0, counted = 0;  // in scope, and seen to be
  };

  using PassKey = std::tuple<std::string, std::vector<std::string>, std::string>;
  static PassKey key_of(const Pass& pass) { return {pass.relation, pass.keys, pass.filter}; }

  MeasureId add(Measure measure);
  void prepare_proofs(mr::data::Session& session);
  bool is_answered_by_proof(const Pass& pass) const;
  bool settled_by_proof(const Pass& pass);
  int round_of(const std::string& sql) const;
  std::string source_of(const Pass& pass, const std::string& relation) const;
  std::string select_of(const std::vector<MeasureId>& set, const std::string& source) const;
  std::vector<MeasureId> bound(mr::data::Session& session, const std::string& source,
                               const std::vector<MeasureId>& set);
  void read(mr::data::Session& session, const std::string& source,
            const std::vector<MeasureId>& set);
  std::vector<Measure> measures_{};
  std::map<Key, MeasureId> known_{};
  std::map<PassKey, Proof> proofs_{};
  size_t asked_ = 0;  // measures, without those of proofs
  int scans_ = 0;
};

}  // namespace mr::quality
