// A range of a Dag's logical times, to be run one after the other. A value.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace millrace {

enum class BackfillState : uint8_t { running = 1, paused, done, cancelled };
enum class BackfillWhich : uint8_t { missing = 1, failed, all };  // times without a run; with one that failed or was cancelled; every time

struct Backfill {
  int64_t id{};                          // 0: not kept yet
  std::string dag{};
  TimePoint from{}, to{};                // both are part of it
  BackfillWhich which = BackfillWhich::missing;
  bool newest_first = false;
  int concurrency = 1;                   // of its runs at once, beside the Dag's own limit
  Json params = Json::object();
  BackfillState state = BackfillState::running;
  std::optional<TimePoint> last{};       // the time that was handled last; the next one in order follows
  int64_t handled = 0;                   // times so far: started, or passed over
  int64_t started = 0;
  TimePoint created{};
  std::string request_id{};
};

constexpr bool is_final(BackfillState state) { return state >= BackfillState::done; }
std::string_view name(BackfillState state);
std::string_view name(BackfillWhich which);
std::optional<BackfillState> backfill_state_from(std::string_view name);
std::optional<BackfillWhich> backfill_which_from(std::string_view name);

// What its runs say of where they come from.
inline std::string trigger_of(const Backfill& backfill) { return "backfill " + std::to_string(backfill.id); }

}  // namespace millrace
