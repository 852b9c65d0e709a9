// One thing that `millrace plugin check` has found; a value that crosses from its child as JSON.
#pragma once
#include "base/error.hpp"
#include "base/json.hpp"

namespace millrace {

struct Finding {
  bool warning = false;
  Error error{};
};

inline Json to_json(const Finding& finding) {
  return Json::object({{"level", finding.warning ? "warning" : "error"}, {"code", finding.error.code}, {"what", finding.error.what}, {"where", finding.error.where}, {"hint", finding.error.hint}});
}

inline Finding finding_from(const Json& json) {
  return {.warning = json["level"].as_text() == "warning",
          .error = {.code = json["code"].as_text(), .what = json["what"].as_text(), .where = json["where"].as_text(), .hint = json["hint"].as_text()}};
}

}  // namespace millrace
