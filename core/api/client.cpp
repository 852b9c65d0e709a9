#include "api/client.hpp"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include "api.grpc.pb.h"
#include "api/http_server.hpp"
#include "tls/grpc_credentials.hpp"
#include "tls/probe.hpp"

namespace millrace {
namespace {

namespace v1 = api::v1;

Error error_of(const grpc::Status& status, const std::string& address, bool tls) {
  v1::Problem problem;
  if (!status.error_details().empty() && problem.ParseFromString(status.error_details()) && !problem.code().empty()) {
    return {.code = problem.code(), .what = problem.what(), .where = problem.where(), .hint = problem.hint()};
  }
  if (auto known = tls::error_in(status.error_message(), address)) return *std::move(known);
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    if (auto odd = tls::explain_silence(address, tls); !odd) return odd.error();
    return {.code = "E8010", .what = "no server answers at " + address, .where = {}, .hint = "start one by `millrace serve`, or name it by --server"};
  }
  return {.code = "E8011", .what = "the server refused: " + status.error_message(), .where = address, .hint = {}};
}

// Texts that hold JSON become JSON: params_json -> params.
Json unfold(const Json& json) {
  if (json.is_array()) {
    Json list = Json::array();
    for (const auto& item : json.items()) list.push(unfold(item));
    return list;
  }
  if (!json.is_object()) return json;
  Json out = Json::object();
  for (const auto& [key, value] : json.members()) {
    if (key.ends_with("_json") && value.is_text()) {
      auto parsed = Json::parse(value.as_text());
      out.set(key.substr(0, key.size() - 5), parsed ? *parsed : Json());
    } else {
      out.set(key, unfold(value));
    }
  }
  return out;
}

// 64-bit numbers are texts in proto3's JSON form; these are the fields where we have some.
Json numbers(Json json) {
  for (const char* key : {"rows", "bytes", "snapshot", "index", "peak_memory_bytes", "memory_bytes", "clock_ahead_ms", "handled", "started"}) {
    if (const auto* value = json.find(key); value != nullptr && value->is_text()) json.set(key, static_cast<int64_t>(std::strtoll(value->as_text().c_str(), nullptr, 10)));
  }
  return json;
}

Json to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return {};
  auto parsed = Json::parse(text);
  return parsed ? numbers(unfold(*parsed)) : Json();
}

Result<Json> document_of(Result<Json> reply) { return reply ? Result<Json>(Json((*reply)["document"])) : reply; }

Json list_of(const Json& items) {
  Json list = Json::array();
  for (const auto& item : items.items()) list.push(numbers(item));
  return list;
}

}  // namespace

struct Client::Impl {
  std::string address{};
  bool tls = false;
  std::string token{};
  std::unique_ptr<v1::Millrace::Stub> stub{};

  void introduce(grpc::ClientContext& context) const {
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  }

  template <class Request, class Reply>
  Result<Json> call(grpc::Status (v1::Millrace::Stub::*method)(grpc::ClientContext*, const Request&, Reply*), const Request& request) {
    grpc::ClientContext context;
    introduce(context);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    Reply reply;
    const auto status = (stub.get()->*method)(&context, request, &reply);
    if (!status.ok()) return error_of(status, address, tls);
    return to_json(reply);
  }
};

Client::Client(const std::string& address, const tls::Peer* peer, std::string token) : impl_(std::make_unique<Impl>()) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  impl_->address = address;
  impl_->tls = peer != nullptr;
  if (peer != nullptr || is_loopback(address)) impl_->token = std::move(token);
  const auto credentials = peer == nullptr ? grpc::InsecureChannelCredentials() : tls::channel_credentials(*peer);
  impl_->stub = v1::Millrace::NewStub(grpc::CreateCustomChannel(address, credentials, arguments));
}

Client::~Client() = default;

Result<Json> Client::dags() {
  auto reply = impl_->call(&v1::Millrace::Stub::ListDags, v1::ListDagsRequest{});
  if (!reply) return reply;
  return list_of((*reply)["dags"]);
}

Result<Json> Client::dag(const std::string& name) {
  v1::GetDagRequest request;
  request.set_name(name);
  return impl_->call(&v1::Millrace::Stub::GetDag, request);
}

Result<Json> Client::start(const std::string& dag, const Json& params, const std::string& logical_time, const std::string& request_id) {
  v1::StartRequest request;
  request.set_dag(dag);
  request.set_params_json(params.dump());
  request.set_logical_time(logical_time);
  request.set_request_id(request_id);
  return impl_->call(&v1::Millrace::Stub::Start, request);
}

Result<Json> Client::run(const std::string& id) {
  v1::GetRunRequest request;
  request.set_run(id);
  return impl_->call(&v1::Millrace::Stub::GetRun, request);
}

Result<Json> Client::runs(const std::string& dag, const std::string& state, int limit) {
  v1::ListRunsRequest request;
  request.set_dag(dag);
  request.set_state(state);
  request.set_limit(limit);
  auto reply = impl_->call(&v1::Millrace::Stub::ListRuns, request);
  if (!reply) return reply;
  return (*reply)["runs"];
}

Result<Json> Client::verb(const std::string& verb, const std::string& run, const std::string& reason) {
  v1::RunVerb request;
  request.set_run(run);
  request.set_reason(reason);
  if (verb == "cancel") return impl_->call(&v1::Millrace::Stub::Cancel, request);
  if (verb == "pause") return impl_->call(&v1::Millrace::Stub::Pause, request);
  if (verb == "resume") return impl_->call(&v1::Millrace::Stub::Resume, request);
  return impl_->call(&v1::Millrace::Stub::Retry, request);
}

Result<Json> Client::backfill(const Json& wanted) {
  v1::StartBackfillRequest request;
  request.set_dag(wanted["dag"].as_text());
  request.set_from(wanted["from"].as_text());
  request.set_to(wanted["to"].as_text());
  request.set_which(wanted["which"].as_text());
  request.set_newest_first(wanted["newest_first"].as_bool());
  request.set_concurrency(static_cast<int32_t>(wanted["concurrency"].as_int(1)));
  request.set_params_json(wanted["params"].dump());
  request.set_dry_run(wanted["dry_run"].as_bool());
  request.set_request_id(wanted["request_id"].as_text());
  return impl_->call(&v1::Millrace::Stub::StartBackfill, request);
}

Result<Json> Client::backfills() {
  auto reply = impl_->call(&v1::Millrace::Stub::ListBackfills, v1::ListBackfillsRequest{});
  if (!reply) return reply;
  return (*reply)["backfills"];
}

Result<Json> Client::backfill_verb(const std::string& verb, int64_t id) {
  v1::BackfillVerb request;
  request.set_id(id);
  if (verb == "pause") return impl_->call(&v1::Millrace::Stub::PauseBackfill, request);
  if (verb == "resume") return impl_->call(&v1::Millrace::Stub::ResumeBackfill, request);
  return impl_->call(&v1::Millrace::Stub::CancelBackfill, request);
}

Result<Json> Client::task_verb(const TaskWords& words) {
  v1::TaskVerb request;
  request.set_run(words.run);
  request.set_task(words.task);
  request.set_alone(words.alone);
  request.set_state(words.state);
  request.set_reason(words.reason);
  request.set_max_parallel(words.max_parallel);
  request.set_tolerate(words.tolerate);
  if (words.verb == "clear") return impl_->call(&v1::Millrace::Stub::Clear, request);
  if (words.verb == "limits") return impl_->call(&v1::Millrace::Stub::Limits, request);
  return impl_->call(&v1::Millrace::Stub::Mark, request);
}

Result<Json> Client::items(const std::string& run, const std::string& task, const std::string& state, const std::string& after, int limit) {
  v1::ListItemsRequest request;
  request.set_run(run);
  request.set_task(task);
  request.set_state(state);
  request.set_after(after);
  request.set_limit(limit);
  return impl_->call(&v1::Millrace::Stub::ListItems, request);
}

Result<Json> Client::answer(const std::string& verb, const std::string& run, const std::string& task, bool good, const Json& values, const std::string& by, const std::string& reason,
                            const std::string& back_to) {
  v1::TaskAnswer request;
  request.set_back_to(back_to);
  request.set_run(run);
  request.set_task(task);
  request.set_good(good);
  request.set_values_json(values.dump());
  request.set_by(by);
  request.set_reason(reason);
  if (verb == "approve") return impl_->call(&v1::Millrace::Stub::Approve, request);
  return impl_->call(&v1::Millrace::Stub::Complete, request);
}

Result<Json> Client::task(const std::string& run, const std::string& task) {
  v1::GetTaskRequest request;
  request.set_run(run);
  request.set_task(task);
  return impl_->call(&v1::Millrace::Stub::GetTask, request);
}

Result<Json> Client::watch(const std::string& run, const std::function<bool(const Json&)>& see) {
  grpc::ClientContext context;
  impl_->introduce(context);
  v1::GetRunRequest request;
  request.set_run(run);
  auto reader = impl_->stub->WatchRun(&context, request);
  v1::Run state;
  Json last;
  while (reader->Read(&state)) {
    last = to_json(state);
    if (!see(last)) {
      context.TryCancel();
      reader->Finish();
      return last;
    }
  }
  const auto status = reader->Finish();
  if (!status.ok()) return error_of(status, impl_->address, impl_->tls);
  return last;
}

Status Client::log(const std::string& run, const std::string& task, int attempt, bool follow, const std::function<void(const Json&)>& see) {
  grpc::ClientContext context;
  impl_->introduce(context);
  v1::TailLogRequest request;
  request.set_run(run);
  request.set_task(task);
  request.set_attempt(attempt);
  request.set_follow(follow);
  auto reader = impl_->stub->TailLog(&context, request);
  v1::LogLine line;
  while (reader->Read(&line)) see(to_json(line));
  const auto status = reader->Finish();
  return status.ok() ? Status{} : Status(error_of(status, impl_->address, impl_->tls));
}

Result<Json> Client::datasets() {
  Json all = Json::array();
  v1::ListDatasetsRequest request;
  request.set_limit(1000);
  do {
    auto reply = impl_->call(&v1::Millrace::Stub::ListDatasets, request);
    if (!reply) return reply;
    for (const auto& one : (*reply)["datasets"].items()) all.push(numbers(one));
    request.set_after((*reply)["next"].as_text());
  } while (!request.after().empty());
  return all;
}

Result<Json> Client::dataset(const std::string& name) {
  v1::GetDatasetRequest request;
  request.set_name(name);
  return impl_->call(&v1::Millrace::Stub::GetDataset, request);
}

Result<Json> Client::impact(const std::string& name) {
  v1::ImpactRequest request;
  request.set_name(name);
  return impl_->call(&v1::Millrace::Stub::Impact, request);
}

Result<Json> Client::consumers(int64_t snapshot) {
  v1::ListConsumersRequest request;
  request.set_snapshot(snapshot);
  auto reply = impl_->call(&v1::Millrace::Stub::ListConsumers, request);
  if (!reply) return reply;
  return list_of((*reply)["consumers"]);
}

Result<Json> Client::workers() {
  auto reply = impl_->call(&v1::Millrace::Stub::ListWorkers, v1::ListWorkersRequest{});
  if (!reply) return reply;
  Json workers = Json::array();
  for (const auto& item : (*reply)["workers"].items()) {
    Json worker = numbers(item);
    for (const char* amounts : {"has", "used"}) worker.set(amounts, numbers(worker[amounts]));
    workers.push(std::move(worker));
  }
  return workers;
}

Result<Json> Client::snapshots(const std::string& dataset, int limit) {
  v1::ListSnapshotsRequest request;
  request.set_dataset(dataset);
  request.set_limit(limit);
  return document_of(impl_->call(&v1::Millrace::Stub::ListSnapshots, request));
}

Result<Json> Client::checks(const std::string& dataset, const std::string& check, int limit) {
  v1::ListChecksRequest request;
  request.set_dataset(dataset);
  request.set_check(check);
  request.set_limit(limit);
  return document_of(impl_->call(&v1::Millrace::Stub::ListChecks, request));
}

Result<Json> Client::diff(const std::string& dataset, const std::string& from, const std::string& to) {
  v1::DiffDatasetRequest request;
  request.set_dataset(dataset);
  request.set_from(from);
  request.set_to(to);
  return document_of(impl_->call(&v1::Millrace::Stub::DiffDataset, request));
}

Result<Json> Client::rows(const RowsRequest& what, const std::string& at) {
  v1::ReadRowsRequest request;
  request.set_dataset(what.dataset);
  request.set_at(at);
  for (const auto& column : what.columns) request.add_columns(column);
  request.set_where(what.where);
  request.set_limit(what.limit);
  request.set_sample(what.sample);
  return document_of(impl_->call(&v1::Millrace::Stub::ReadRows, request));
}

Result<Json> Client::positions(const std::string& source, int limit) {
  v1::ListPositionsRequest request;
  request.set_source(source);
  request.set_limit(limit);
  return document_of(impl_->call(&v1::Millrace::Stub::ListPositions, request));
}

Result<Json> Client::position_changes(const std::string& source, const std::string& key, int limit) {
  v1::ListPositionChangesRequest request;
  request.set_source(source);
  request.set_key(key);
  request.set_limit(limit);
  return document_of(impl_->call(&v1::Millrace::Stub::ListPositionChanges, request));
}

Result<Json> Client::maintain(const std::string& uses, const Json& with) {
  v1::MaintainRequest request;
  request.set_uses(uses);
  request.set_with_json(with.dump());
  return impl_->call(&v1::Millrace::Stub::Maintain, request);
}

Result<Json> Client::replay(const std::string& run, const std::string& from, bool same_version) {
  v1::ReplayRequest request;
  request.set_run(run);
  request.set_from(from);
  request.set_same_version(same_version);
  return impl_->call(&v1::Millrace::Stub::Replay, request);
}

Result<Json> Client::pools() {
  auto reply = impl_->call(&v1::Millrace::Stub::ListPools, v1::ListPoolsRequest{});
  if (!reply) return reply;
  return (*reply)["pools"];
}

Result<Json> Client::set_pool(const std::string& name, std::optional<int> slots, std::optional<double> per_second, bool reset) {
  v1::SetPoolRequest request;
  request.set_name(name);
  if (slots) request.set_slots(*slots);
  if (per_second) request.set_per_second(*per_second);
  request.set_reset(reset);
  return impl_->call(&v1::Millrace::Stub::SetPool, request);
}

Result<Json> Client::drain(const std::string& worker) {
  v1::DrainWorkerRequest request;
  request.set_name(worker);
  return impl_->call(&v1::Millrace::Stub::DrainWorker, request);
}

Result<Json> Client::release_plugin(const std::string& plugin) {
  v1::ReleasePluginRequest request;
  request.set_plugin(plugin);
  return impl_->call(&v1::Millrace::Stub::ReleasePlugin, request);
}

namespace {

v1::UserRequest user_request(const Json& words) {
  v1::UserRequest request;
  request.set_name(words["name"].as_text());
  request.set_password(words["password"].as_text());
  for (const auto& role : words["roles"].items()) request.add_roles(role.as_text());
  return request;
}

v1::TokenRequest token_request(const Json& words) {
  v1::TokenRequest request;
  request.set_name(words["name"].as_text());
  request.set_life(words["life"].as_text());
  for (const auto& scope : words["scopes"].items()) request.add_scopes(scope.as_text());
  return request;
}

v1::ListAuditRequest audit_request(const Json& words) {
  v1::ListAuditRequest request;
  request.set_after(words["after"].as_int());
  request.set_newest_first(words["newest_first"].as_bool());
  request.set_who(words["who"].as_text());
  request.set_verb(words["verb"].as_text());
  request.set_text(words["text"].as_text());
  request.set_limit(static_cast<int32_t>(words["limit"].as_int()));
  return request;
}

}  // namespace

Result<Json> Client::people(const std::string& verb, const Json& words) {
  using Stub = v1::Millrace::Stub;
  const auto of_user = [&](auto method) { return document_of(impl_->call(method, user_request(words))); };
  const auto of_token = [&](auto method) { return document_of(impl_->call(method, token_request(words))); };
  if (verb == "users.list") return document_of(impl_->call(&Stub::ListUsers, v1::ListUsersRequest{}));
  if (verb == "users.add") return of_user(&Stub::AddUser);
  if (verb == "users.remove") return of_user(&Stub::RemoveUser);
  if (verb == "users.grant") return of_user(&Stub::GrantRole);
  if (verb == "users.revoke") return of_user(&Stub::RevokeRole);
  if (verb == "users.password") return of_user(&Stub::SetPassword);
  if (verb == "tokens.list") return document_of(impl_->call(&Stub::ListTokens, v1::ListTokensRequest{}));
  if (verb == "tokens.create") return of_token(&Stub::CreateToken);
  if (verb == "tokens.revoke") return of_token(&Stub::RevokeToken);
  if (verb == "session.show") return document_of(impl_->call(&Stub::WhoAmI, v1::WhoAmIRequest{}));
  if (verb != "audit.verify") return document_of(impl_->call(&Stub::ListAudit, audit_request(words)));
  v1::VerifyAuditRequest request;
  request.set_head(words["head"].as_text());
  return document_of(impl_->call(&Stub::VerifyAudit, request));
}

Result<Json> Client::operators() {
  auto reply = impl_->call(&v1::Millrace::Stub::ListOperators, v1::ListOperatorsRequest{});
  if (!reply) return reply;
  return (*reply)["operators"];
}

}  // namespace millrace
