#include "ingest/tables.hpp"

#include <strings.h>

#include <algorithm>

#include "ingest/sample.hpp"

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;
using mr::data::Session;
using nlohmann::json;

constexpr std::array<std::string_view, 5> kWiderAndWider{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE"};  // as the catalog widens (catalog/rules.cpp)

constexpr size_t kLongestName = 255;

bool same_name(const std::string& a, const std::string& b) { return ::strcasecmp(a.c_str(), b.c_str()) == 0; }

void require_names(const std::vector<std::string>& names, const LandedFile& file) {
  const auto refuse = [&](const std::string& what) {
    throw mr::Failure("data", "E5061", "the header can't name columns: " + what, file.key, "mend the file, or name its columns by `columns`");
  };
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) refuse("column " + std::to_string(i + 1) + " has no name");
    if (names[i].size() > kLongestName) refuse("the name of column " + std::to_string(i + 1) + " is longer than " + std::to_string(kLongestName) + " bytes");
    if (names[i].find('\0') != std::string::npos) refuse("the name of column " + std::to_string(i + 1) + " holds a NUL byte");
    for (size_t k = 0; k < i; ++k) {
      if (same_name(names[i], names[k])) refuse("columns " + std::to_string(k + 1) + " and " + std::to_string(i + 1) + " have the same name");
    }
  }
}

// What the cells of a file are called: by the config, by its header, or by their places.
std::vector<std::string> names_of(const LandedFile& file, const TableOptions& options, const Layout& layout) {
  const auto format = columns_of(layout.format);
  std::vector<std::string> names;
  if (!format.empty()) {
    for (const auto& [name, type] : format) names.push_back(name);
    return names;
  }
  Blocks blocks(file, layout, options.encoding);
  names = blocks.header();
  if (!options.names.empty()) {
    if (!names.empty() && names.size() != options.names.size()) {
      throw mr::Failure("data", "E5033", "the file has " + std::to_string(names.size()) + " columns, and `columns` names " + std::to_string(options.names.size()), file.key, "name each of them, in order");
    }
    return options.names;
  }
  if (layout.header) {
    require_names(names, file);
    return names;
  }
  Block block;
  if (!blocks.next(block)) return names;
  Record record;
  if (cut(layout, block.text, 1, true, block.fields)->next(record) != Cutter::Cut::record) return names;
  for (size_t i = 0; i < record.cells.size(); ++i) names.push_back("column" + std::to_string(i));
  return names;
}

struct Difference {
  std::vector<size_t> fresh{};          // places of names that the dataset does not have
  std::vector<std::string> missing{};
};

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

size_t place_of(const Columns& columns, const std::string& name) {
  return static_cast<size_t>(std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.name == name; }) - columns.begin());
}

Difference difference(const std::vector<std::string>& names, const Columns& columns) {
  Difference found;
  for (size_t i = 0; i < names.size(); ++i) {
    if (place_of(columns, names[i]) == columns.size()) found.fresh.push_back(i);
  }
  for (const auto& column : columns) {
    if (std::find(names.begin(), names.end(), column.name) == names.end()) found.missing.push_back(column.name);
  }
  return found;
}

[[noreturn]] void drifted(const Difference& found, const std::vector<std::string>& names, const LandedFile& file, bool may_evolve) {
  std::vector<std::string> fresh;
  for (const size_t i : found.fresh) fresh.push_back(names[i]);
  throw mr::Failure("data", "E5033", "the schema drifted:" + (found.missing.empty() ? std::string() : " missing " + list(found.missing)) + (fresh.empty() ? std::string() : " new " + list(fresh)), file.key,
                    may_evolve ? "say evolve: add to take new columns and miss others, name the columns in `schema`, or mend the source" : "name the columns in `schema`, or mend the source");
}

std::string wider(const std::string& now, const std::string& seen) {
  const auto a = std::find(kWiderAndWider.begin(), kWiderAndWider.end(), now), b = std::find(kWiderAndWider.begin(), kWiderAndWider.end(), seen);
  return a == kWiderAndWider.end() || b == kWiderAndWider.end() || b <= a ? now : seen;
}

// A column that the files have and the dataset has not joins it; with evolve: widen also a type that holds more.
void evolve(Session& session, const std::string& work_folder, const LandedFile& file, const TableOptions& options, const Layout& layout, const std::vector<std::string>& names, const Difference& found, Columns& columns) {
  const bool widen = options.evolve == "widen";
  if (found.fresh.empty() && !widen) return;
  const auto types = find_types(session, work_folder, file, layout, options.encoding, names);
  for (const auto& seen : types) {
    const size_t place = place_of(columns, seen.name);
    if (place == columns.size()) columns.push_back(seen);
    else if (widen) columns[place].type = wider(columns[place].type, seen.type);
  }
}

Columns infer(Session& session, const std::string& work_folder, const std::vector<LandedFile>& files, const TableOptions& options, const Layout& layout) {
  Columns columns;
  for (const auto& [name, type] : columns_of(layout.format)) columns.push_back({name, type});
  constexpr size_t kLookAt = 20;  // the first may hold a header only
  for (size_t i = 0; i < files.size() && i < kLookAt && (columns.empty() || i > 0); ++i) {
    const auto names = names_of(files[i], options, layout);
    if (names.empty()) continue;
    columns = find_types(session, work_folder, files[i], layout, options.encoding, names);
    if (std::any_of(columns.begin(), columns.end(), [](const auto& column) { return column.type != "VARCHAR"; })) break;
  }
  return columns;
}

// Types as DuckDB writes them: INT is INTEGER.
Columns canonical(Session& session, const Columns& columns) {
  std::string select;
  for (const auto& column : columns) select += (select.empty() ? "SELECT " : ", ") + ("CAST(NULL AS " + column.type + ") AS " + ident(column.name));
  return session.describe(select);
}

json kept_dialect(const Layout& layout, const std::string& encoding, const Columns& columns) {
  json types = json::object();
  for (const auto& column : columns) types[column.name] = column.type;
  return {{"delimiter", std::string(1, layout.delimiter)}, {"quote", layout.quote == '\0' ? std::string() : std::string(1, layout.quote)}, {"escape", layout.escape == '\0' ? std::string() : std::string(1, layout.escape)},
          {"header", layout.header}, {"encoding", encoding}, {"types", std::move(types)}};
}

}  // namespace

bool is_table_format(const std::string& format) { return format == "csv" || format == "tsv" || format == "fixed_width" || format.ends_with("_log"); }

TablePlan plan_tables(Session& session, const std::string& work_folder, const std::vector<LandedFile>& files, const TableOptions& options, const Columns& declared, const Columns& known, const json& kept) {
  TablePlan plan;
  Layout layout = options.layout;
  if (!options.delimiter_known && !files.empty()) {
    const auto before = kept.is_object() ? kept.value("delimiter", std::string()) : std::string();
    layout.delimiter = before.size() == 1 ? before[0] : find_delimiter(session, work_folder, files.front(), layout, options.encoding);
  }
  plan.columns = !declared.empty() ? declared : !known.empty() ? known : infer(session, work_folder, files, options, layout);
  if (plan.columns.empty()) return plan;
  const bool may_evolve = declared.empty() && !known.empty(), evolves = may_evolve && options.evolve != "none";
  std::vector<std::vector<std::string>> names;
  for (const auto& file : files) {
    names.push_back(names_of(file, options, layout));
    if (names.back().empty()) continue;
    const auto found = difference(names.back(), plan.columns);
    if (evolves) evolve(session, work_folder, file, options, layout, names.back(), found, plan.columns);
    else if (!found.fresh.empty() || !found.missing.empty()) drifted(found, names.back(), file, may_evolve);
  }
  plan.columns = canonical(session, plan.columns);
  for (size_t i = 0; i < files.size(); ++i) {
    TableFile one{.file = &files[i], .layout = layout, .columns = {}, .names = names[i]};
    for (const auto& name : one.names) one.columns.push_back(static_cast<int>(place_of(plan.columns, name)));
    plan.files.push_back(std::move(one));
  }
  const bool found_out = !options.delimiter_known || (declared.empty() && known.empty());
  if (found_out && kept.is_null() && !files.empty()) plan.dialect = kept_dialect(layout, options.encoding, plan.columns);
  return plan;
}

namespace {

// From text in c0, c1 …: the value, or NULL where there is none of the type.
std::string cast_of(size_t place, const mr::data::ColumnInfo& column, const std::map<std::string, std::string>& formats) {
  const std::string text = "c" + std::to_string(place);
  if (column.type == "VARCHAR") return text;
  const auto format = formats.find(column.name);
  return "TRY_CAST(" + (format == formats.end() ? text : "try_strptime(" + text + ", " + literal(format->second) + ")") + " AS " + column.type + ")";
}

// Odd records by DuckDB's own casts; what does not fit is set apart with the first column that is wrong.
void cast_odd(Session& session, const std::string& from, const Columns& columns, const std::map<std::string, std::string>& formats) {
  std::string values, wrong = "NULL", which = "NULL";
  for (size_t i = columns.size(); i-- > 0;) {
    const auto cast = cast_of(i, columns[i], formats);
    values = ", " + cast + " AS v" + std::to_string(i) + values;
    if (columns[i].type == "VARCHAR") continue;
    const std::string bad = "WHEN c" + std::to_string(i) + " IS NOT NULL AND " + cast + " IS NULL THEN ";
    wrong = "CASE " + bad + literal("not a " + columns[i].type) + " ELSE " + wrong + " END";
    which = "CASE " + bad + literal(columns[i].name) + " ELSE " + which + " END";
  }
  session.run("CREATE OR REPLACE TEMP TABLE _odd AS SELECT _file, _line, _raw, coalesce(_why, " + wrong + ") AS _wrong, CASE WHEN _why IS NULL THEN " + which + " ELSE _which END AS _which" + values + " FROM " + from);
  session.run("INSERT INTO _rejects SELECT _file, _line, _which, _raw, _wrong FROM _odd WHERE _wrong IS NOT NULL");
}

std::string good_odd(const Columns& columns) {
  std::string list;
  for (size_t i = 0; i < columns.size(); ++i) list += (list.empty() ? "SELECT v" : ", v") + std::to_string(i) + " AS " + ident(columns[i].name);
  return list + " FROM _odd WHERE _wrong IS NULL";
}

}  // namespace

LoadedTables load_tables(Session& session, const mr::data::Facts& facts, const TablePlan& plan, const LoadOptions& options, const std::function<void(size_t)>& ended) {
  session.run("CREATE OR REPLACE TEMP TABLE _rejects (_file VARCHAR, _line BIGINT, _column VARCHAR, _raw VARCHAR, _reason VARCHAR)");
  Columns columns = plan.columns;
  auto files = plan.files;
  if (options.keeps_files) {
    for (auto& file : files) file.name_column = static_cast<int>(columns.size());
    columns.push_back({kFileColumn, "VARCHAR"});
  }
  Columns plain = columns;  // a format of its own is never plain
  for (auto& column : plain) {
    if (options.formats.contains(column.name)) column.type = "with a format";
  }
  OddRows odd(options.work_folder, columns.size());
  TableSource source(files, options.encoding, plain, odd, ended, options.careful);
  mr::data::Rows rows(session, columns, source, options.threads);
  LoadedTables loaded;
  rows.run([&] {
    if (options.keeps_files) session.run("CREATE OR REPLACE TEMP TABLE _rows AS SELECT * FROM " + rows.relation());
    else loaded.staged = mr::data::stage(session, facts, options.into, options.operation, "SELECT * FROM " + rows.relation());
  });
  if (odd.count() > 0) {
    try {
      mr::data::Rows text(session, odd.relation_columns(), odd, 1);
      text.run([&] { cast_odd(session, text.relation(), columns, options.formats); });
      if (loaded.staged) mr::data::join(*loaded.staged, mr::data::stage(session, facts, options.into, options.operation, good_odd(columns)));
      else session.run("INSERT INTO _rows " + good_odd(columns));
      session.run("DROP TABLE _odd");
    } catch (...) {
      if (loaded.staged) mr::data::unstage(facts, *loaded.staged);
      throw;
    }
  }
  std::map<std::string, int64_t> rejected;
  const auto found = session.query("SELECT _file, CAST(count(*) AS VARCHAR) FROM _rejects GROUP BY _file");
  for (size_t i = 0; i < found.rows.size(); ++i) rejected[found.rows[i][0].value_or("")] = found.integer(i, 1);
  for (size_t i = 0; i < plan.files.size(); ++i) {
    const auto seen = source.counts(i);
    const int64_t read = seen.good + seen.odd + seen.broken, apart = rejected[plan.files[i].file->key];
    loaded.counts.push_back({.read = read, .loaded = read - apart, .rejected = apart});
    loaded.rejected += apart;
  }
  return loaded;
}

}  // namespace mr::ingest
