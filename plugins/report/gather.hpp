// From a SELECT to what a section shows: rows for its table, and of its chart no more than can be seen.
//
// One thread. The SELECT is run once, into a temporary table that may spill; what is drawn is chosen by SQL, so that memory does not grow with
// the rows. Lines and areas of more than 2,000 rows keep the first, last, lowest and highest of each of 400 stretches (M4: Jugel et al.,
// "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014); scatter charts keep one point for each place on a raster; bars are
// cut. What was left out is told. Throws mr::Failure (E9310: the columns don't fit the chart) and what the session throws.
#pragma once
#include <string>

#include "data/session.hpp"
#include "report/page.hpp"
#include "report/section.hpp"

namespace mr::report {

Section gather(data::Session& session, const SectionWish& wish, const std::string& where);

}  // namespace mr::report
