#include "drive.hpp"

#include <algorithm>

#include "state/sqlite_store.hpp"

namespace millrace::testing {

FaultyDrive::FaultyDrive(std::string file, Names names, Fault fault, int64_t at) : file_(std::move(file)), names_(std::move(names)) { arm(fault, at, Ends::disk); }

Result<std::unique_ptr<Store>> FaultyDrive::open(TimePoint now) {
  auto store = SqliteStore::take_over(file_, now);
  Status leads = store ? (*store)->lead("here", Millis{10'000}, now) : Status(store.error());
  if (leads) return std::unique_ptr<Store>(std::move(*store));
  if (!lost() && leads.error().code != "E2011") refused();
  return leads.error();
}

void FaultyDrive::restart() {
  ++restarts_;
  arm(Fault::none, 0);
}

void FaultyDrive::refused() {
  if (++refusals_ == kRefusalsUntilThereIsRoom) arm(Fault::none, 0);
}

bool FaultyDrive::alike(Store& real, Store& model, int64_t runs) {
  names_.runs = runs;
  const std::string there = picture(real, names_), wanted = picture(model, names_);
  const auto at = static_cast<size_t>(std::mismatch(there.begin(), there.end(), wanted.begin(), wanted.end()).first - there.begin());
  const size_t from = at < 300 ? 0 : at - 300;
  difference_ = there == wanted ? std::string() : "there: " + there.substr(from, 500) + "\nwanted: " + wanted.substr(from, 500);
  return there == wanted;
}

}  // namespace millrace::testing
