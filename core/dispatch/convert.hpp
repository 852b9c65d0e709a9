// Between the messages of worker.proto and our values. Pure; any thread.
//
// A report that can't be read becomes a failed attempt of class 'data' (E3005): the worker is never asked twice.
#pragma once
#include "dispatch/log_store.hpp"
#include "dispatch/worker_clock.hpp"
#include "engine/ports.hpp"
#include "worker.pb.h"

namespace millrace::dispatch {

LeaseNumber lease_number(const worker::v1::LeaseNumber& message);
void fill(worker::v1::LeaseNumber& message, LeaseNumber lease);
std::vector<LeaseNumber> lease_numbers(const google::protobuf::RepeatedPtrField<worker::v1::LeaseNumber>& messages);
worker::v1::Lease lease(const LeaseOffer& offer);
// Null: nothing was saved, or what was saved is too large or no JSON.
Json checkpoint(const std::string& json);
// Times come out as our clock would have told them.
AttemptReport report(const worker::v1::Report& message, const WorkerClock& clock);
AttemptReport failed(LeaseNumber lease, std::string error_class, Error error);
WorkerFacts facts(const worker::v1::Register& message);
std::vector<LogLine> log_lines(const worker::v1::LogLines& message, const WorkerClock& clock);

}  // namespace millrace::dispatch
