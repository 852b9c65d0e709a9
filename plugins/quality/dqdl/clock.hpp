// The dates and times of rules as moments: what is now, and when is half past nine.
//
// One thread. A plain date is its midnight; now() is cut to the minute; a time is today at that
// time in the zone of the tag timeZone (IANA; UTC when there is none). QualityError E7005 for a
// zone that is not known.
#pragma once
#include "quality/dqdl/scope.hpp"

#include <string>
#include <vector>

namespace mr::quality::dqdl {

std::string now_text(const World& world);  // "2026-01-31 12:00:59": the world's, else the clock's
std::string now_sql(const Scope& scope);   // the same as TIMESTAMP '…'

// For each operand of a condition of dates a text as now_text's; empty for NULL.
std::vector<std::string> moments_of(const Scope& scope, const Condition& condition);

}  // namespace mr::quality::dqdl
