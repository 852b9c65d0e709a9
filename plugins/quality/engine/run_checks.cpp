#include "quality/checks.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "quality/dqdl/ruleset.hpp"
#include "quality/engine/check.hpp"
#include "quality/engine/dialects.hpp"

namespace mr::quality {
namespace {

using nlohmann::json;

std::string read_file(const std::string& path, const std::string& folder) {
  const std::filesystem::path full = std::filesystem::path(path).is_absolute() ? std::filesystem::path(path) : std::filesystem::path(folder) / path;
  std::ifstream file(full, std::ios::binary);
  if (!file) throw QualityError("E7001", "suite '" + path + "' can't be read", {}, "relative paths start at the folder of the Dag");
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

struct Asked {
  Check check;
  std::string on_fail;
};

std::string on_fail_of(const json& entry) {
  const std::string on_fail = entry.contains("on_fail") && entry["on_fail"].is_string() ? entry["on_fail"].get<std::string>() : "fail";
  if (on_fail != "fail" && on_fail != "warn" && on_fail != "quarantine") throw QualityError("E7005", "'on_fail' must be fail, warn or quarantine, not '" + on_fail + "'");
  return on_fail;
}

bool is_on(const json& entry, const char* key) {
  const json value = entry.is_object() ? entry.value(key, json(false)) : json(false);
  if (!value.is_boolean()) throw QualityError("E7005", "'" + std::string(key) + "' must be true or false");
  return value.get<bool>();
}

std::vector<Check> compile(const json& entry, size_t number, const std::string& folder, Target target, Measures& measures, dqdl::World world) {
  target.approximate = is_on(entry, "approximate");
  world.by_row = is_on(entry, "by_row");
  if (world.folder.empty()) world.folder = folder;
  if (is_short(entry)) return read_short(entry, "check " + std::to_string(number), target, measures, world);
  const std::string object = entry.is_object() && entry.contains("object") && entry["object"].is_string() ? entry["object"].get<std::string>() : "";
  if (entry.is_object() && entry.contains("rules") && entry["rules"].is_string()) return read_checks({entry["rules"].get<std::string>(), "rules", object, world}, target, measures);
  if (!entry.is_object() || !entry.contains("suite") || !entry["suite"].is_string()) throw QualityError("E7005", "a check needs 'suite' (a path), 'rules' (a text) or the word of a short check");
  const std::string path = entry["suite"].get<std::string>();
  return read_checks({read_file(path, folder), path, object, world}, target, measures);
}

void quarantine(CheckReport& report, const Check& check, const Measures& measures) {
  const std::string failing = "coalesce(" + measures.filled(check.failing) + ", false)";
  report.quarantine_condition += (report.quarantine_condition.empty() ? "" : " OR ") + failing;
  report.quarantine_reason += (report.quarantine_reason.empty() ? "concat_ws('; '" : "") + std::string(", CASE WHEN ") + failing + " THEN " + mr::data::literal(check.name) + " END";
}

}  // namespace

CheckReport run_checks(mr::data::Session& session, const std::string& relation, const json& checks, const std::string& folder, const dqdl::World& world) {
  if (!checks.is_array()) throw QualityError("E7005", "checks must be a list");
  const Target target{session, relation, session.describe(relation)};
  Measures measures;
  std::vector<Asked> asked;
  size_t number = 0;
  for (const json& entry : checks) {
    const std::string on_fail = on_fail_of(entry);
    for (Check& check : compile(entry, ++number, folder, target, measures, world)) {
      std::string own = check.on_fail.empty() ? on_fail : check.on_fail;
      asked.push_back({std::move(check), std::move(own)});
    }
  }
  measures.compute(session, relation);
  CheckReport report;
  report.scans = measures.scans();
  for (const Asked& one : asked) {
    Verdict verdict = one.check.judge(measures);
    report.metrics.update(dqdl::measured_by(verdict));
    json line = std::move(verdict.facts);
    line["check"] = one.check.name;
    line["success"] = verdict.success;
    line["on_fail"] = one.on_fail;
    if (!verdict.success) {
      // A check that is not about single rows, or could not be judged, has no rows to set apart: it fails.
      const bool rows = one.on_fail == "quarantine" && !one.check.failing.empty() && !line.contains("reason");
      if (rows) quarantine(report, one.check, measures);
      if (one.on_fail == "fail" || (one.on_fail == "quarantine" && !rows)) report.success = false;
    }
    report.results.push_back(std::move(line));
  }
  if (!report.quarantine_reason.empty()) report.quarantine_reason += ")";
  return report;
}

void bind_checks(mr::data::Session& session, const std::string& select, const json& checks, const std::string& folder, const dqdl::World& world) {
  if (checks.empty()) return;
  session.run("CREATE OR REPLACE TEMP TABLE _bound AS SELECT * FROM (" + select + "\n) LIMIT 0");
  const Target target{session, "_bound", session.describe("_bound")};
  size_t number = 0;
  for (const json& entry : checks) {
    ++number;
    const auto refuse = [&](const std::string& why) { throw QualityError("E7008", why, entry.value("suite", entry.contains("rules") ? "checks.rules" : "check " + std::to_string(number)), "correct the check, or the columns that it is to look at"); };
    Measures measures;
    for (const Check& check : compile(entry, number, folder, target, measures, world)) {
      if (check.refusal) throw *check.refusal;
      if (!check.unfit.empty()) refuse(check.unfit + ", for the check " + check.name);
    }
    measures.compute(session, "_bound");
    if (const auto problem = measures.first_problem(); !problem.empty()) refuse("of a check, " + problem);
  }
}

}  // namespace mr::quality
