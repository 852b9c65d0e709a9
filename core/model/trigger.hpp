// Why a Dag's runs start, beside its schedule: read from `triggers:`. A value; the semantics are those of the YAML keys (dag-yaml.md).
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace millrace {

enum class TriggerKind : uint8_t { dataset = 1, file, webhook, run };
enum class RunEnd : uint8_t { succeeded = 1, failed, ended };  // failed: also cancelled

struct Trigger {
  TriggerKind kind = TriggerKind::dataset;
  std::string name{};                    // what runs say of where they come from, and what is remembered goes by: "dataset raw.orders"
  std::vector<std::string> datasets{};
  bool all = false;                      // every one of them has something new; else any
  std::string pattern{};                 // of files, absolute
  Millis settle{5'000};                  // a file is finished when it has not changed for so long
  std::string marker{};                  // or when a file of its name and this ending is beside it
  Millis debounce{};                     // until nothing new came for so long
  std::string secret{};                  // name of a webhook's token
  std::string dag{};                     // of the runs whose end starts one
  RunEnd on = RunEnd::succeeded;
  Json params = Json::object();          // plain paths of .trigger in them
};

}  // namespace millrace
