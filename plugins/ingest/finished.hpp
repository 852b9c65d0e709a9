// Which landed files are whole (data-plane.md section 4, landing rules): those renamed into place, or that a marker beside them, a manifest
// or the time since their last change says to be.
//
// One thread. Errors: E5064 (the rule makes no sense), E5065 (a manifest names a file that is not there, or can't be read), E5066 (a file is
// not as its manifest says), those of objects.hpp.
#pragma once
#include <functional>
#include <optional>

#include "ingest/landing.hpp"

namespace mr::ingest {

struct FinishedRule {
  std::string success{};                  // a file of that name in their folder
  std::string manifest{};                 // a file or pattern of lists of files
  std::optional<double> settle{};         // seconds without a change
};

// Of `finished`: null, {success: _SUCCESS}, {manifest: …} or {settle: 30s}. elsewhere: some files are.
FinishedRule finished_rule(const nlohmann::json& finished, bool elsewhere);

struct Landed {
  std::vector<LandedFile> whole{}, unfinished{};
};

// Those that are finished and those that are not, without markers and manifests; of what a manifest says of them, `promised` is set. there:
// whether an object elsewhere is there. now_ns: since 1970.
Landed finished(const mr::data::Facts& facts, std::vector<LandedFile> files, const FinishedRule& rule, int64_t now_ns, const std::function<bool(const std::string&)>& there);

}  // namespace mr::ingest
