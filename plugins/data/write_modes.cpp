#include "data/write_modes.hpp"

#include <algorithm>
#include <cctype>

namespace mr::data {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

const Names kVersion{"valid_from", "valid_to", "is_current"};

bool among(const std::string& name, const Names& names) { return std::find(names.begin(), names.end(), name) != names.end(); }

bool is_same_name(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool has_partition(const json& partition, const Names& names) {
  return partition.size() == names.size() && std::all_of(names.begin(), names.end(), [&](const auto& name) { return partition.contains(name); });
}

std::string list_of(const Names& names, const std::string& before = {}) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + before + ident(name);
  return text;
}

std::string same(const Names& names, const std::string& a, const std::string& b) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " AND ") + a + "." + ident(name) + " IS NOT DISTINCT FROM " + b + "." + ident(name);
  return text;
}

// a's values come after b's; NULL comes before all.
std::string after(const Names& names, const std::string& a, const std::string& b, size_t from = 0) {
  const std::string x = a + "." + ident(names[from]), y = b + "." + ident(names[from]);
  std::string text = "(" + x + " > " + y + " OR (" + x + " IS NOT NULL AND " + y + " IS NULL)";
  if (from + 1 < names.size()) text += " OR (" + x + " IS NOT DISTINCT FROM " + y + " AND " + after(names, a, b, from + 1) + ")";
  return text + ")";
}

void require(const std::vector<ColumnInfo>& columns, const Names& names, const std::string& where) {
  for (const auto& name : names) {
    if (std::none_of(columns.begin(), columns.end(), [&](const auto& column) { return column.name == name; })) {
      throw mr::Failure("config", "E5050", "there is no column '" + name + "'", "with." + where, "name columns of the rows that are written, as they are spelled");
    }
  }
}

class Writer {
 public:
  Writer(Session& session, const Facts& facts, const WriteMode& mode) : session_(session), facts_(facts), mode_(mode) {}

  Written merge(const std::string& source) {
    prepare(source, {});
    const std::string newer = mode_.newest_by.empty() ? "" : " AND " + after(mode_.newest_by, "t", "s");
    table("_wins", newer.empty() ? "SELECT * FROM _coming" : "SELECT * FROM _coming s WHERE NOT EXISTS (SELECT 1 FROM _target t WHERE " + same(mode_.keys, "t", "s") + newer + ")");
    table("_ends", "SELECT t.* FROM _target t WHERE EXISTS (SELECT 1 FROM _wins s WHERE " + same(mode_.keys, "t", "s") + ")");
    keep_what_does_not_come();
    const int64_t wins = count("_wins"), updated = count("(SELECT DISTINCT " + list_of(mode_.keys) + " FROM _ends)");
    Written written = staged("SELECT t.* FROM _target t WHERE NOT EXISTS (SELECT 1 FROM _wins s WHERE " + same(mode_.keys, "t", "s") + ")", "SELECT * FROM _wins");
    written.counts = {{"inserted", wins - updated}, {"updated", updated}, {"unchanged", count("_coming") - wins}, {"superseded", superseded_}};
    return written;
  }

  Written versions(const std::string& source) {
    prepare(source, ", CAST(NULL AS TIMESTAMP) AS valid_from, CAST(NULL AS TIMESTAMP) AS valid_to, CAST(NULL AS BOOLEAN) AS is_current");
    const std::string now = "CAST(" + literal(mode_.as_of) + " AS TIMESTAMP)";
    Names values;
    for (const auto& column : columns_) {
      if (!among(column.name, mode_.keys)) values.push_back(column.name);
    }
    const std::string current = "t.is_current AND " + same(mode_.keys, "t", "s"), unchanged = values.empty() ? "true" : same(values, "t", "s");
    table("_wins", "SELECT s.* FROM _coming s WHERE NOT EXISTS (SELECT 1 FROM _target t WHERE " + current + " AND " + unchanged + ")");
    table("_ends", "SELECT t.* FROM _target t WHERE EXISTS (SELECT 1 FROM _wins s WHERE " + current + ")" +
                       (mode_.close_missing ? " OR (t.is_current AND NOT EXISTS (SELECT 1 FROM _coming s WHERE " + same(mode_.keys, "t", "s") + "))" : ""));
    if (count("(SELECT 1 FROM _ends WHERE valid_from > " + now + ")") > 0) {
      throw mr::Failure("data", "E5054", "there are versions that begin after " + mode_.as_of, mode_.into, "run the logical times in their order, or rebuild the dataset from the first on");
    }
    keep_what_does_not_come();
    const int64_t wins = count("_wins"), closed = count("_ends"), updated = count("(SELECT 1 FROM _wins s WHERE EXISTS (SELECT 1 FROM _ends t WHERE " + same(mode_.keys, "t", "s") + "))");
    const std::string stay = "SELECT t.* FROM _target t WHERE NOT (t.is_current AND EXISTS (SELECT 1 FROM _ends s WHERE " + same(mode_.keys, "t", "s") + "))";
    // A version that began at this very time was never so: it goes, and the new one is in its place.
    const std::string ended = "SELECT * REPLACE (" + now + " AS valid_to, false AS is_current) FROM _ends WHERE valid_from < " + now;
    Written written = staged(stay, ended + " UNION ALL BY NAME SELECT *, " + now + " AS valid_from, CAST(NULL AS TIMESTAMP) AS valid_to, true AS is_current FROM _wins");
    written.counts = {{"inserted", wins - updated}, {"updated", updated}, {"unchanged", count("_coming") - wins}, {"closed", closed - updated}, {"superseded", superseded_}};
    return written;
  }

 private:
  void table(const std::string& name, const std::string& select) { session_.run("CREATE OR REPLACE TEMP TABLE " + name + " AS " + select); }
  int64_t count(const std::string& from) { return session_.query("SELECT count(*) FROM " + from).integer(0, 0); }

  // _target: the dataset as it is. _coming: one row for each key.
  void prepare(const std::string& source, const std::string& more) {
    columns_ = session_.describe("SELECT * FROM " + source);
    check_mode(columns_, mode_);
    const json output = output_of(facts_, mode_.into);
    const json& columns = output.at("columns");
    std::vector<std::string> paths;
    for (const auto& file : output.at("files")) {
      is_parted_ = is_parted_ && has_partition(file.value("partition", json::object()), mode_.partition_by);
      paths.push_back(facts_.json.value("data_root", "") + "/" + file.at("path").get<std::string>());
    }
    // The columns that come stand there too, so that the dataset may have fewer.
    const std::string shape = "SELECT *" + more + " FROM " + source + " WHERE false";
    session_.run("CREATE OR REPLACE TEMP VIEW _target AS " + shape + (columns.empty() ? "" : " UNION ALL BY NAME " + select_from_files(columns, paths)));
    for (const auto& column : columns) {
      const std::string name = column.at("name");
      const bool comes = std::any_of(columns_.begin(), columns_.end(), [&](const auto& one) { return is_same_name(one.name, name); });
      if (!comes && !(mode_.mode == "scd2" && among(name, kVersion))) kept_.push_back(name);
    }
    // By all values in the end, so that the order of rows decides nothing.
    std::string order;
    for (const auto& name : mode_.newest_by) order += "s." + ident(name) + " DESC NULLS LAST, ";
    for (const auto& column : columns_) order += (&column == &columns_.front() ? "s." : ", s.") + ident(column.name) + " DESC";
    const int64_t all = count(source);
    table("_coming", "SELECT * FROM " + source + " AS s QUALIFY row_number() OVER (PARTITION BY " + list_of(mode_.keys, "s.") + " ORDER BY " + order + ") = 1");
    superseded_ = all - count("_coming");
    if (superseded_ > 0 && mode_.newest_by.empty()) {
      throw mr::Failure("data", "E5053", std::to_string(superseded_) + " rows have a key that another row has, too", "with.keys", "say by newest_by which of them counts, or deduplicate them before");
    }
  }

  // Columns that the rows lack have the values that they had: of the greatest row, should there be several with the key.
  void keep_what_does_not_come() {
    if (kept_.empty()) return;
    std::string order;
    for (const auto& name : mode_.newest_by) order += "t." + ident(name) + " DESC NULLS LAST, ";
    const std::string old = "SELECT t.* FROM _ends t QUALIFY row_number() OVER (PARTITION BY " + list_of(mode_.keys, "t.") + " ORDER BY " + order + list_of(kept_, "t.") + ") = 1";
    table("_wins", "SELECT s.*, " + list_of(kept_, "t.") + " FROM _wins s LEFT JOIN (" + old + ") t ON " + same(mode_.keys, "t", "s"));
  }

  // `stay` and `come`, or of datasets that are partitioned so only the partitions in which something changes.
  Written staged(const std::string& stay, const std::string& come) {
    const std::string all = stay + " UNION ALL BY NAME " + come;
    if (mode_.partition_by.empty() || !is_parted_) return {.select = all, .operation = "replace", .counts = {}};
    const std::string names = list_of(mode_.partition_by);
    table("_touched", "SELECT DISTINCT " + names + " FROM (SELECT " + names + " FROM _wins UNION ALL SELECT " + names + " FROM _ends)");
    table("_merged", "SELECT a.* FROM (" + all + ") AS a WHERE EXISTS (SELECT 1 FROM _touched p WHERE " + same(mode_.partition_by, "a", "p") + ")");
    Written written{.select = "SELECT * FROM _merged", .operation = "overwrite_partitions", .counts = {}};
    std::string texts;
    for (const auto& name : mode_.partition_by) texts += (texts.empty() ? "" : ", ") + ("CAST(" + ident(name) + " AS VARCHAR)");
    const auto empty = session_.query("SELECT " + texts + " FROM _touched p WHERE NOT EXISTS (SELECT 1 FROM _merged a WHERE " + same(mode_.partition_by, "a", "p") + ")");
    for (const auto& row : empty.rows) {
      json partition = json::object();
      for (size_t i = 0; i < mode_.partition_by.size(); ++i) partition[mode_.partition_by[i]] = row[i] ? json(*row[i]) : json();
      written.clears.push_back(std::move(partition));
    }
    return written;
  }

  Session& session_;
  const Facts& facts_;
  const WriteMode& mode_;
  std::vector<ColumnInfo> columns_{};
  Names kept_{};  // columns of the dataset that the rows lack
  bool is_parted_ = true;  // all of its files are of partitions such as these
  int64_t superseded_ = 0;
};

}  // namespace

void check_mode(const std::vector<ColumnInfo>& columns, const WriteMode& mode) {
  if (mode.mode != "merge" && mode.mode != "scd2") return;
  for (const auto& column : columns) {
    if (mode.mode == "scd2" && among(column.name, kVersion)) throw mr::Failure("config", "E5053", "column '" + column.name + "' is one that mode scd2 makes", "with.mode", "rename it");
  }
  if (mode.keys.empty()) throw mr::Failure("config", "E5050", "mode " + mode.mode + " needs keys", "with.keys", "name the columns by which a row is found again");
  require(columns, mode.keys, "keys");
  require(columns, mode.newest_by, "newest_by");
}

std::vector<ColumnInfo> columns_of(std::vector<ColumnInfo> columns, const WriteMode& mode) {
  if (mode.mode != "scd2") return columns;
  for (const auto& name : kVersion) columns.push_back({name, name == "is_current" ? "BOOLEAN" : "TIMESTAMP"});
  return columns;
}

Written write_into(Session& session, const Facts& facts, const std::string& source, const WriteMode& mode) {
  Writer writer(session, facts, mode);
  return mode.mode == "scd2" ? writer.versions(source) : writer.merge(source);
}

}  // namespace mr::data
