// What REST and gRPC answer about datasets and positions: one JSON for both (core/api/openapi.yaml).
//
// Any thread. Errors: those of History and RowReader; E8004 for what is not there; E1036.
#pragma once
#include "api/views.hpp"
#include "engine/row_reader.hpp"

namespace millrace {

Result<Json> snapshots_page(Views& views, const std::string& dataset, const std::string& before, int limit);
Result<Json> checks_page(Views& views, const CheckFilter& filter);
Result<Json> diff_of(Views& views, const std::string& dataset, const std::string& from, const std::string& to);
Result<Json> rows_of(Views& views, const RowsRequest& request);
Result<Json> trial_of(Views& views, const TrialRequest& request);
Result<Json> sources_page(Views& views, const std::string& after, int limit);
Result<Json> positions_page(Views& views, const std::string& source, const std::string& after, int limit);
Result<Json> position_changes_page(Views& views, const std::string& source, const std::string& key, const std::string& before, int limit);

}  // namespace millrace
