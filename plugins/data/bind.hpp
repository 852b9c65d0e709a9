// SELECTs bound against the schemas of datasets, without their rows: what columns come out, and what feeds them.
//
// One thread. Beside what a session has, in the same database: an empty table for each dataset, found by its name. That takes 2 ms, where a
// database of its own takes 15. The session must live as long; a later binding beside it takes the tables over. Failures of columns() are those of the session: E5004.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/lineage.hpp"
#include "data/session.hpp"

namespace mr::data {

class Binding {
 public:
  // `datasets`: views as in millrace_attempt.h; one without columns is left out.
  Binding(const Session& beside, const nlohmann::json& datasets);

  // A table that stands for a SELECT: later ones may read it.
  void keep(const std::string& name, const std::string& select);

  std::vector<ColumnInfo> columns(const std::string& select) { return session_.describe(select); }
  std::optional<Lineage> lineage(const std::string& select);  // nullopt: can't tell

 private:
  Session session_;
  std::map<std::string, Lineage> kept_{};
};

}  // namespace mr::data
