#include "quality/docs/run.hpp"

#include "report/text.hpp"

#include <algorithm>
#include <array>

namespace mr::quality::docs {
namespace {

using nlohmann::json;

constexpr size_t kMostValues = 20;  // of rows, of one check
constexpr size_t kMostListed = 12;  // of a list among the arguments
constexpr size_t kLongest = 120;    // letters of one value or argument

std::string shown(const json& value) {
  if (value.is_string()) return mr::report::shortened(value.get<std::string>(), kLongest);
  if (value.is_number_integer()) return mr::report::grouped(value.dump());
  if (value.is_number()) return mr::report::rounded(value.get<double>());
  if (!value.is_array())
    return mr::report::shortened(value.dump(-1, ' ', false, json::error_handler_t::replace),
                                 kLongest);
  std::string list;
  for (size_t at = 0; at < std::min(value.size(), kMostListed); ++at)
    list += (at ? ", " : "") + shown(value[at]);
  return value.size() <= kMostListed
             ? list
             : list + " … (" + mr::report::counted(static_cast<int64_t>(value.size())) + " in all)";
}

// Beside an argument, a number as it was written.
std::string argument(const json& value) {
  return value.is_number() ? value.dump() : shown(value);
}

// Figures that are a value of some row.
bool shows_a_row(const std::string& type) {
  static constexpr std::array kTypes{"column_max", "column_min", "column_median", "quantile",
                                     "most_common"};
  return std::any_of(kTypes.begin(), kTypes.end(),
                     [&](const char* part) { return type.find(part) != std::string::npos; });
}

std::string words_of(std::string type) {
  if (type.starts_with("expect_")) type.erase(0, 7);
  std::replace(type.begin(), type.end(), '_', ' ');
  return type;
}

std::string group_of(const json& kwargs) {
  if (kwargs.contains("column") && kwargs["column"].is_string()) return kwargs["column"];
  if (kwargs.contains("column_A") && kwargs.contains("column_B"))
    return shown(kwargs["column_A"]) + ", " + shown(kwargs["column_B"]);
  if (kwargs.contains("column_list") && kwargs["column_list"].is_array())
    return shown(kwargs["column_list"]);
  return "the table";
}

void add_arguments(const json& kwargs, CheckDoc& doc) {
  for (const auto& [name, value] : kwargs.items()) {
    static constexpr std::array kElsewhere{"column",          "column_A", "column_B",
                                           "column_list",     "batch_id", "result_format",
                                           "catch_exceptions"};
    const bool elsewhere = std::any_of(kElsewhere.begin(), kElsewhere.end(),
                                       [&](const char* one) { return name == one; });
    const bool left_out = value.is_null() || (name == "mostly" && value == 1);
    if (!elsewhere && !left_out) doc.arguments.emplace_back(name, argument(value));
  }
}

std::string share_of(double share) {
  const double percent = 100 * share;
  return percent > 0 && percent < 0.005 ? "less than 0.01 %" : mr::report::rounded(percent) + " %";
}

void add_counts(const json& facts, CheckDoc& doc) {
  const auto count = [&](const char* key) { return facts.value(key, int64_t{0}); };
  if (facts.contains("unexpected_count")) {
    const int64_t wrong = count("unexpected_count"), of = count("considered_count");
    doc.observed = mr::report::counted(wrong) + " of " + mr::report::counted(of) + " unexpected";
    if (of > 0) doc.unexpected = static_cast<double>(wrong) / static_cast<double>(of);
    if (of > 0 && wrong > 0) doc.observed += " (" + share_of(doc.unexpected) + ")";
  } else if (facts.contains("observed")) {
    doc.observed = shown(facts["observed"]);
  }
}

void add_values(const json& result, CheckDoc& doc) {
  const json counts = result.value("partial_unexpected_counts", json::array());
  for (const json& one : counts) {
    if (doc.values.size() == kMostValues || !one.is_object() || !one.contains("value")) break;
    doc.values.emplace_back(shown(one["value"]),
                            mr::report::counted(one.value("count", int64_t{0})));
  }
  if (!doc.values.empty()) return;
  for (const json& value : result.value("partial_unexpected_list", json::array())) {
    if (doc.values.size() == kMostValues) break;
    doc.values.emplace_back(shown(value), "");
  }
}

CheckDoc doc_of(const CheckLine& line) {
  CheckDoc doc{.group = "rules", .title = line.name};
  doc.state = line.success ? State::passed : line.judged ? State::failed : State::unjudged;
  if (!line.judged) doc.reason = line.reason;
  if (!line.facts.is_object()) return doc;
  add_counts(line.facts, doc);
  if (doc.state == State::failed) doc.reason = line.facts.value("message", std::string());
  return doc;
}

// What the expectation itself says of it.
void add_expectation(const json& entry, bool show_values, CheckDoc& doc) {
  const json& config = entry.at("expectation_config");
  const std::string type =
      config.contains("type") ? config["type"] : config.value("expectation_type", json("?"));
  const json kwargs = config.value("kwargs", json::object());
  const json result = entry.value("result", json::object());
  doc.title = words_of(type);
  doc.group = group_of(kwargs);
  add_arguments(kwargs, doc);
  if (config.contains("severity") && config["severity"].is_string())
    doc.severity = config["severity"];
  if (!show_values && shows_a_row(type)) doc.observed.clear();
  if (!show_values) return;
  if (doc.observed.empty() && result.contains("observed_value"))
    doc.observed = shown(result["observed_value"]);
  add_values(result, doc);
}

// A rule is about its first quoted name, if it has one.
std::string group_of_rule(const std::string& rule) {
  const size_t begin = rule.find('"');
  const size_t end = begin == std::string::npos ? begin : rule.find('"', begin + 1);
  return end == std::string::npos ? "the table" : rule.substr(begin + 1, end - begin - 1);
}

}  // namespace

double RunDoc::share() const {
  return checks() == 0 ? 1 : static_cast<double>(passed) / static_cast<double>(checks());
}

std::vector<CheckDoc> checks_of(const Validation& done, bool show_values) {
  const json entries =
      done.result.is_object() ? done.result.value("results", json::array()) : json::array();
  std::vector<CheckDoc> docs;
  for (size_t at = 0; at < done.lines.size(); ++at) {
    docs.push_back(doc_of(done.lines[at]));
    const bool expectation = at < entries.size() && entries[at].is_object() &&
                             entries[at].contains("expectation_config");
    if (expectation)
      add_expectation(entries[at], show_values, docs.back());
    else
      docs.back().group = group_of_rule(docs.back().title);
  }
  return docs;
}

RunDoc run_of(const Validation& done, const std::string& suite, const std::string& data,
              const std::string& time) {
  RunDoc run{.suite = suite, .data = data, .time = time, .success = done.success};
  run.measures = static_cast<int64_t>(done.measures);
  run.scans = done.scans;
  for (const CheckLine& line : done.lines) {
    ++(line.success ? run.passed : line.judged ? run.failed : run.unjudged);
    if (!line.success && run.failures.size() < kMostFailures) run.failures.push_back(line.name);
  }
  return run;
}

std::string suite_name(const Validation& done, const std::string& otherwise) {
  const json& result = done.result;
  if (!result.is_object()) return otherwise;
  json name = result.value("suite_name", json());
  const json meta = result.value("meta", json::object());
  if (!name.is_string() && meta.is_object()) name = meta.value("expectation_suite_name", json());
  return name.is_string() && name != "" ? name.get<std::string>() : otherwise;
}

json to_json(const RunDoc& run) {
  return {{"run", 1},
          {"suite", run.suite},
          {"data", run.data},
          {"time", run.time},
          {"success", run.success},
          {"passed", run.passed},
          {"failed", run.failed},
          {"unjudged", run.unjudged},
          {"measures", run.measures},
          {"scans", run.scans},
          {"failures", run.failures}};
}

std::optional<RunDoc> run_from(const std::string& text) {
  const json tree = json::parse(text, nullptr, false);
  if (!tree.is_object() || tree.value("run", json()) != 1) return std::nullopt;
  try {
    RunDoc run{.suite = tree.at("suite"), .data = tree.at("data"), .time = tree.at("time")};
    run.success = tree.at("success");
    for (const auto& [key, count] :
         {std::pair{"passed", &run.passed}, std::pair{"failed", &run.failed},
          std::pair{"unjudged", &run.unjudged}, std::pair{"measures", &run.measures},
          std::pair{"scans", &run.scans}})
      *count = tree.at(key).get<int64_t>();
    run.failures = tree.at("failures").get<std::vector<std::string>>();
    return run;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace mr::quality::docs
