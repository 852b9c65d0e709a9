#include "quality/checkpoint_file.hpp"

#include "data/publish.hpp"
#include "data/table_file.hpp"
#include "quality/gx_checkpoint/actions.hpp"
#include "quality/gx_checkpoint/checkpoint.hpp"
#include "quality/gx_checkpoint/result.hpp"
#include "quality/validate.hpp"

#include "common/draft.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mr::quality {
namespace {

using checkpoint::Checkpoint;
using checkpoint::Outcome;
using checkpoint::Run;

std::string read_file(const std::string& path, const std::string& called) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw QualityError("E7001", "'" + called + "' can't be read", {}, "check the path");
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

void write(const mr::Attempt& attempt, const std::string& path, const std::string& text) {
  const std::string place = mr::files::absolute(attempt, path);
  mr::files::check_place(place, true);
  mr::files::Draft draft(place);
  draft.write(text);
  draft.keep(0644);
}

// A run with all that it needs, or with why it can't be.
struct Ready {
  Run run{};
  std::string suite{}, suite_name{}, data{}, view{}, problem{};
};

class Preparation {
 public:
  Preparation(const CheckpointFile::Config& c, const mr::Attempt& attempt)
      : c_(c),
        attempt_(attempt),
        folder_(std::filesystem::path(attempt.path(c.checkpoint)).parent_path().string()) {
    if (folder_.empty()) folder_ = ".";
  }

  std::vector<Ready> all(const Checkpoint& checkpoint) {
    require_batches(checkpoint);
    std::vector<Ready> ready;
    for (const Run& run : checkpoint.runs) ready.push_back(one(run, checkpoint.runs.size()));
    return ready;
  }

 private:
  Ready one(const Run& run, size_t runs) {
    Ready ready{.run = run};
    try {
      find(ready, runs);
    } catch (const QualityError& error) {
      ready.problem = error.what_happened + (error.where.empty() ? "" : " (" + error.where + ")");
    }
    return ready;
  }

  void find(Ready& ready, size_t runs) {
    Run& run = ready.run;
    if (run.suite.empty()) {
      const std::string path = checkpoint::definition_file(folder_, run.definition);
      if (path.empty())
        throw QualityError("E7001", "the validation definition '" + run.definition +
                                        "' was not found in validation_definitions/");
      checkpoint::define(run, read_tree(read_file(path, path), path));
    }
    ready.suite_name = checkpoint::suite_file(folder_, run.suite);
    if (ready.suite_name.empty())
      throw QualityError("E7001", "the suite '" + run.suite + "' was not found in expectations/");
    ready.suite = read_file(ready.suite_name, run.suite);
    ready.data = file_of(run, runs);
    if (ready.data.empty())
      throw QualityError("E7001", "no file was found for the batch '" +
                                      (run.batch.asset.empty() ? run.batch.path : run.batch.asset) +
                                      "': name it by --batch NAME=FILE");
  }

  std::string file_of(const Run& run, size_t runs) const {
    const auto given = c_.batches.find(run.batch.asset);
    if (given != c_.batches.end()) return attempt_.path(given->second);
    if (!c_.data.empty() && runs == 1) return attempt_.path(c_.data);
    return checkpoint::data_file(folder_, run.batch);
  }

  // A name that fits no batch would be left out without a word.
  void require_batches(const Checkpoint& checkpoint) const {
    if (!c_.data.empty() && checkpoint.runs.size() > 1)
      throw QualityError("E7005", "the checkpoint has several batches, and one file is given",
                         "data", "name each by --batch NAME=FILE");
  }

  const CheckpointFile::Config& c_;
  const mr::Attempt& attempt_;
  std::string folder_;
};

void open_batches(const CheckpointFile::Config& c, mr::data::Session& session,
                  std::vector<Ready>& all) {
  for (size_t i = 0; i < all.size(); ++i) {
    Ready& one = all[i];
    if (!one.problem.empty()) continue;
    one.view = "batch_" + std::to_string(i + 1);
    try {
      session.run("CREATE VIEW " + one.view + " AS " +
                  mr::data::rows_of_file(session, one.data, {.types = c.schema}));
    } catch (const mr::Failure& failure) {
      if (failure.error_class == "resource") throw;
      one.problem = failure.what_happened;
    }
  }
}

mr::Json format_of(const CheckpointFile::Config& c, const Run& run) {
  mr::Json format = c.result_format.empty() ? run.result_format : mr::Json(c.result_format);
  if (c.index_columns.empty()) return format;
  if (!format.is_object())
    format = {{"result_format", format.is_null() ? mr::Json("SUMMARY") : format}};
  format["unexpected_index_column_names"] = c.index_columns;
  return format;
}

Outcome outcome_of(const CheckpointFile::Config& c, const Ready& one, bool as_0_18,
                   mr::data::Session& session, const std::string& now) {
  Outcome outcome{.suite = one.run.suite, .batch = one.run.batch.asset};
  outcome.name = one.run.definition;
  if (outcome.batch.empty()) outcome.batch = one.run.batch.path;
  outcome.problem = one.problem;
  if (!one.problem.empty()) return outcome;
  ValidateOptions options{.result_format = format_of(c, one.run),
                          .parameters = one.run.parameters,
                          .as_0_18 = as_0_18,
                          .batch = outcome.batch,
                          .now = now};
  if (c.parameters.is_object()) options.parameters.update(c.parameters);
  try {
    outcome.validation = validate(session, one.view, one.suite, one.suite_name, options);
  } catch (const QualityError& error) {
    outcome.problem = error.what_happened;
  }
  return outcome;
}

std::vector<std::string> files_of(const std::vector<Ready>& all) {
  std::vector<std::string> files;
  for (const Ready& one : all) {
    if (one.problem.empty()) files.push_back(one.data);
  }
  return files;
}

void tell(const CheckpointFile::Config& c, const mr::Attempt& attempt, const Checkpoint& checkpoint,
          const std::vector<Outcome>& outcomes, const std::string& now) {
  const mr::Json result = checkpoint::result_of(checkpoint, outcomes, now);
  write(attempt, c.out, result.dump(2, ' ', false, mr::Json::error_handler_t::replace) + "\n");
  const auto lines = checkpoint::lines_of(outcomes);
  if (!c.junit.empty()) write(attempt, c.junit, junit(c.checkpoint, lines));
  size_t measures = 0;
  int scans = 0;
  for (const Outcome& one : outcomes) {
    measures += one.validation.measures;
    scans += one.validation.scans;
  }
  attempt.output("path", mr::files::absolute(attempt, c.out));
  attempt.output("success", result.at("success"));
  attempt.output("validations", outcomes.size());
  attempt.output("evaluated", lines.size());
  attempt.output("failed", std::count_if(lines.begin(), lines.end(),
                                         [](const CheckLine& line) { return !line.success; }));
  attempt.output("measures", measures);
  attempt.output("scans", scans);
  attempt.output("said", checkpoint::said_of(checkpoint));
}

}  // namespace

void CheckpointFile::run(const Config& c, mr::Attempt& attempt) {
  const mr::data::Facts facts{attempt.facts()};
  const std::string path = attempt.path(c.checkpoint);
  const Checkpoint checkpoint =
      checkpoint::read(read_tree(read_file(path, c.checkpoint), c.checkpoint), c.checkpoint);
  auto all = Preparation(c, attempt).all(checkpoint);
  const auto files = files_of(all);
  mr::data::Session session = mr::data::open_session(facts, mr::data::extensions_for_files(files));
  const mr::data::Watch watch(session, attempt);
  open_batches(c, session, all);
  mr::data::confine(session, facts, files);
  const std::string now = mr::data::now_text();
  std::vector<Outcome> outcomes;
  for (const Ready& one : all) {
    attempt.stop_if_cancelled();
    outcomes.push_back(outcome_of(c, one, checkpoint.is_0_18, session, now));
  }
  tell(c, attempt, checkpoint, outcomes, now);
}

}  // namespace mr::quality
