// sql.query, sql.script, sql.rows, export.file and export.sql: SQL over the datasets that the task reads.
#include "data/explain.hpp"
#include "data/publish.hpp"
#include "data/session.hpp"
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"
#include "sql/export.hpp"
#include "sql/export_sql.hpp"
#include "sql/rows.hpp"

namespace {

struct Query {
  static constexpr auto type = "sql.query", version = "1.0.0", summary = "Writes the rows of one SELECT into a dataset.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE | MR_EXPLAINS;
  static constexpr auto examples = R"([{"title": "Sales by day", "config": {"into": "mart.daily_sales", "sql": "select day, sum(amount) as amount from clean.orders group by day"}}])";

  struct Config {
    std::string sql{}, into{}, mode = "replace";
    std::vector<std::string> partition_by{}, sort_by{}, keys{}, newest_by{};
    bool close_missing = false;
  };
  static constexpr auto config = mr::fields(
      mr::field("sql", &Config::sql, "One SELECT in DuckDB's SQL; datasets are tables named zone.name. Expressions in it are values: a text is quoted, a list stands in brackets for IN.").needed().sql(),
      mr::field("into", &Config::into, "The dataset to write.").needed().writes(),
      mr::field("mode", &Config::mode, "What happens to the rows that are there. merge: a row takes the place of that with its keys, and what it has no column for stays; scd2: it begins a new version of it.").one_of("replace", "append", "overwrite_partitions", "merge", "scd2"),
      mr::field("keys", &Config::keys, "With merge and scd2: columns by which a row is found again."),
      mr::field("newest_by", &Config::newest_by, "With merge and scd2: of several rows with a key, the greatest by these columns counts."),
      mr::field("close_missing", &Config::close_missing, "With scd2: a key that does not come any more ends."),
      mr::field("partition_by", &Config::partition_by, "Columns whose values name the partitions."),
      mr::field("sort_by", &Config::sort_by, "Columns that rows are sorted by within a file."));

  void run(const Config& c, mr::Attempt& attempt) {
    const mr::data::Facts facts{attempt.facts()};
    auto session = mr::data::open_confined_session(facts);
    const mr::data::Watch watch(session, attempt);
    session.check_select(c.sql);
    mr::data::PublishOptions options;
    options.into = c.into;
    options.mode = c.mode;
    options.partition_by = c.partition_by;
    options.sort_by = c.sort_by;
    options.keys = c.keys;
    options.newest_by = c.newest_by;
    options.close_missing = c.close_missing;
    options.sql = c.sql;
    if (mr::data::is_to_explain(facts)) return attempt.output("statements", mr::Json::array({mr::data::statement_for(session, facts, options, c.sql)}));
    session.run("CREATE TEMP VIEW _query AS " + c.sql);
    mr::data::publish(session, facts, attempt, "_query", options);
  }
};

struct Script {
  static constexpr auto type = "sql.script", version = "1.0.0", summary = "Runs SQL statements over datasets and gives the last one's first row as output.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE | MR_EXPLAINS;
  static constexpr auto examples = R"([{"title": "Count", "config": {"sql": "select count(*) as orders from clean.orders"}}])";

  struct Config {
    std::string sql{};
  };
  static constexpr auto config = mr::fields(mr::field("sql", &Config::sql, "Statements, each ended by a semicolon; the last is a SELECT of one row.").needed().sql());

  void run(const Config& c, mr::Attempt& attempt) {
    const mr::data::Facts facts{attempt.facts()};
    auto session = mr::data::open_confined_session(facts);
    const mr::data::Watch watch(session, attempt);
    const auto table = session.run_statements(c.sql);
    if (mr::data::is_to_explain(facts)) return attempt.output("statements", mr::Json::array({{{"sql", c.sql}}}));  // later ones read what earlier ones make: of no rows
    mr::Json row = mr::Json::object();
    for (size_t i = 0; i < table.columns.size() && !table.rows.empty(); ++i) {
      row[table.columns[i]] = table.rows[0][i] ? mr::Json(*table.rows[0][i]) : mr::Json();
    }
    attempt.output("row", row);
  }
};

}  // namespace

MR_PLUGIN("sql", "1.0.0", "Apache-2.0", Query, Script, Rows, Export, ExportSql)
