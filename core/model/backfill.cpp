#include "model/backfill.hpp"

#include <array>

namespace millrace {
namespace {

constexpr std::array<std::string_view, 4> kStates{"running", "paused", "done", "cancelled"};
constexpr std::array<std::string_view, 3> kWhich{"missing", "failed", "all"};

template <class Enum, size_t N>
std::optional<Enum> from_name(const std::array<std::string_view, N>& names, std::string_view name) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i + 1);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(BackfillState state) { return kStates[static_cast<size_t>(state) - 1]; }
std::string_view name(BackfillWhich which) { return kWhich[static_cast<size_t>(which) - 1]; }
std::optional<BackfillState> backfill_state_from(std::string_view name) { return from_name<BackfillState>(kStates, name); }
std::optional<BackfillWhich> backfill_which_from(std::string_view name) { return from_name<BackfillWhich>(kWhich, name); }

}  // namespace millrace
