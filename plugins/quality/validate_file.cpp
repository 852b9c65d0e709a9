#include "quality/validate_file.hpp"

#include "data/publish.hpp"
#include "data/table_file.hpp"
#include "quality/docs/folder.hpp"
#include "quality/validate.hpp"

#include "common/draft.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace mr::quality {
namespace {

constexpr const char* kData = "data";  // the file's rows

std::string read_text(const std::string& path, const std::string& what) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw mr::Failure("config", "E7001", what + " can't be read", {}, "check the path");
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

ValidateOptions options_of(const ValidateFile::Config& c) {
  ValidateOptions options{.parameters = c.parameters,
                          .as_0_18 = c.shape == "0.18",
                          .batch = c.data,
                          .now = mr::data::now_text(),
                          .object = c.object,
                          .approximate = c.approximate};
  if (!c.result_format.empty()) options.result_format = c.result_format;
  if (c.index_columns.empty()) return options;
  options.result_format = {{"result_format", c.result_format.empty() ? "SUMMARY" : c.result_format},
                           {"unexpected_index_column_names", c.index_columns}};
  return options;
}

// The file itself, then those of sources.
std::vector<std::string> files_of(const ValidateFile::Config& c, const mr::Attempt& attempt) {
  std::vector<std::string> files{attempt.path(c.data)};
  for (const auto& [alias, path] : c.sources) files.push_back(attempt.path(path));
  return files;
}

// What earlier validations measured.
dqdl::History history_of(const ValidateFile::Config& c, const mr::Attempt& attempt) {
  dqdl::History history;
  for (const std::string& path : c.history) {
    const auto result = mr::Json::parse(
        read_text(attempt.path(path), "the earlier result '" + path + "'"), nullptr, false);
    const mr::Json kept = result.is_object() ? result.value("millrace", mr::Json()) : mr::Json();
    if (!kept.is_object() || !kept.value("metrics", mr::Json()).is_object())
      throw mr::Failure("config", "E7005", "'" + path + "' is no result of DQDL rules", "history",
                        "name files that 'out' got");
    const mr::Json& metrics = kept.at("metrics");
    for (const auto& [metric, value] : metrics.items()) {
      if (value.is_number()) history[metric].push_back({value.get<double>(), kept.value("time", "")});
    }
  }
  return history;
}

dqdl::World world_of(const ValidateFile::Config& c, const mr::Attempt& attempt,
                     mr::data::Session& session) {
  dqdl::World world;
  for (const auto& [alias, path] : c.sources) {
    if (alias == kData || alias == "primary" || alias.empty() || alias.starts_with("_"))
      throw mr::Failure("config", "E7005", "no source can be called '" + alias + "'", "sources",
                        "give it another name");
    const std::string view = "_source_" + std::to_string(world.sources.size() + 1);
    session.run("CREATE VIEW " + view + " AS " +
                mr::data::rows_of_file(session, attempt.path(path), {}));
    world.sources[alias] = {view, session.describe(view)};
  }
  world.history = history_of(c, attempt);
  world.by_row = c.by_row;
  world.files = {attempt.path(c.data)};
  world.folder = attempt.fact("folder");
  return world;
}

std::string place_of_rows(const ValidateFile::Config& c, const mr::Attempt& attempt) {
  mr::data::check_writable(c.rows);
  std::string place = mr::files::absolute(attempt, c.rows);
  mr::files::check_place(place, true);
  return place;
}

void write_rows(const ValidateFile::Config& c, mr::data::Session& session, const Validation& done,
                mr::files::Draft& draft) {
  if (done.row_results.empty())
    throw mr::Failure("config", "E7005", "only DQDL rules say what came of each row", "rows",
                      "leave it out: result_format COMPLETE lists rows");
  mr::data::write_file(session, done.row_results, c.rows, draft.name());
  draft.keep(0644);
}

void write(const mr::Attempt& attempt, const std::string& path, const std::string& text) {
  const std::string place = mr::files::absolute(attempt, path);
  mr::files::check_place(place, true);
  mr::files::Draft draft(place);
  draft.write(text);
  draft.keep(0644);
}

std::string json_text(const mr::Json& json) {
  return json.dump(2, ' ', false, mr::Json::error_handler_t::replace) + "\n";
}

void write_docs(const ValidateFile::Config& c, const mr::Attempt& attempt, const Validation& done) {
  const bool values = !c.result_format.empty() && c.result_format != "BOOLEAN_ONLY";
  const std::string suite =
      docs::suite_name(done, std::filesystem::path(c.suite).stem().string());
  attempt.output("page", docs::add_run(mr::files::absolute(attempt, c.docs),
                                       docs::run_of(done, suite, c.data, mr::data::now_text()),
                                       docs::checks_of(done, values)));
}

void tell(const ValidateFile::Config& c, const mr::Attempt& attempt, const Validation& done) {
  write(attempt, c.out, json_text(done.result));
  if (!c.junit.empty()) write(attempt, c.junit, junit(c.suite, done.lines));
  if (!c.docs.empty()) write_docs(c, attempt, done);
  attempt.output("path", mr::files::absolute(attempt, c.out));
  attempt.output("success", done.success);
  attempt.output("evaluated", done.lines.size());
  attempt.output("failed", std::count_if(done.lines.begin(), done.lines.end(),
                                         [](const CheckLine& line) { return !line.success; }));
  attempt.output("measures", done.measures);
  attempt.output("scans", done.scans);
}

}  // namespace

void ValidateFile::run(const Config& c, mr::Attempt& attempt) {
  const mr::data::Facts facts{attempt.facts()};
  const std::string suite = read_text(attempt.path(c.suite), "suite '" + c.suite + "'");
  const auto files = files_of(c, attempt);
  mr::data::Session session = mr::data::open_session(facts, mr::data::extensions_for_files(files));
  const mr::data::Watch watch(session, attempt);
  ValidateOptions options = options_of(c);
  options.world = world_of(c, attempt, session);
  std::optional<mr::files::Draft> rows;
  if (!c.rows.empty() && c.act == "check") rows.emplace(place_of_rows(c, attempt));
  auto reached = files;
  if (rows) reached.push_back(rows->name());
  mr::data::confine(session, facts, reached);
  if (c.act == "plan") {  // reads no rows
    session.run(std::string("CREATE VIEW ") + kData + " AS " +
                mr::data::rows_of_file(session, files.front(), {.types = c.schema}));
    write(attempt, c.out, json_text(plan_of(session, kData, suite, c.suite, options)));
    return attempt.output("path", mr::files::absolute(attempt, c.out));
  }
  mr::data::open_table_file(session, files.front(), kData, c.schema);
  const Validation done = validate(session, kData, suite, c.suite, options);
  if (rows) write_rows(c, session, done, *rows);
  tell(c, attempt, done);
}

}  // namespace mr::quality
