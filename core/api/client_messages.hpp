// Values as messages of proto/api.proto.
//
// Pure; any thread.
#pragma once
#include "api.pb.h"
#include "api/views.hpp"

namespace millrace {

namespace v1 = api::v1;

void fill(v1::Problem& problem, const Error& error);
void fill(v1::Run& out, const RunView& run);
void fill(v1::Attempt& out, const AttemptView& attempt);
void fill(v1::TaskRun& out, const TaskView& task);
void fill(v1::Run& out, const RunDetail& detail);
void fill(v1::Dag& out, const Dag& dag, const std::vector<RunView>& last_runs);
void fill(v1::Backfill& out, const BackfillPlan& plan);
void fill(v1::Dependent& out, const Dependent& one);
void fill(v1::Consumer& out, const ConsumerView& one);
void fill(v1::Dataset& out, const DatasetSummary& summary);
void fill(v1::Capacity& out, const Capacity& capacity);
void fill(v1::Worker& out, const WorkerView& worker);
void fill(v1::Pool& out, const PoolView& pool);

}  // namespace millrace
