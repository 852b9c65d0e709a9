#include "data/row_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "data/batches.hpp"
#include "data/publish.hpp"
#include "data/query_stream.hpp"
#include "data/session.hpp"
#include "sdk/millrace_datasets.hpp"

namespace mr::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kBatchRows = 16384, kMostBatchRows = 1048576;
constexpr int64_t kMostBatchBytes = int64_t{64} << 20;

struct Wanted {
  std::vector<std::string> columns{};  // empty: all
  int64_t batch_rows = kBatchRows;
};

Failure wrong_options(const std::string& what) { return {"config", "E5047", what, "", "options are {\"columns\": [names], \"batch_rows\": 1 to 1048576}"}; }

Wanted read_options(std::string_view text) {
  Wanted wanted;
  if (text.empty()) return wanted;
  const auto options = json::parse(text, nullptr, false);
  if (!options.is_object()) throw wrong_options("the options are no JSON object");
  for (const auto& [key, value] : options.items()) {
    if (key == "batch_rows" && value.is_number_integer() && value.get<int64_t>() >= 1 && value.get<int64_t>() <= kMostBatchRows) {
      wanted.batch_rows = value.get<int64_t>();
    } else if (key == "columns" && value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [](const json& one) { return one.is_string(); })) {
      wanted.columns = value.get<std::vector<std::string>>();
    } else {
      throw wrong_options("the option " + key + " is not known, or has a value that it can't have");
    }
  }
  auto sorted = wanted.columns;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) throw wrong_options("a column is named twice");
  return wanted;
}

void check_files(const std::string& root, const json& input) {
  for (const auto& file : input.value("files", json::array())) {
    const std::string path = file.at("path");
    const auto wrong = [&](const std::string& what) { return Failure("transient", "E5046", "the file " + path + " of " + input.value("dataset", "") + " " + what, path, "is the data folder mounted whole here? It is tried again", false); };
    std::error_code failed;
    const auto bytes = fs::file_size(root + "/" + path, failed);
    if (failed) throw wrong("can't be read: " + failed.message());
    if (file.contains("bytes") && file.at("bytes") != bytes) throw wrong("has " + std::to_string(bytes) + " bytes, and the catalog says " + file.at("bytes").dump());
  }
}

// The SELECT over the view; an ENUM goes as text, because its values differ between files.
std::string select_of(const json& input, const Wanted& wanted) {
  const std::string dataset = input.at("dataset");
  std::string list;
  const auto add = [&](const json& column) {
    const std::string name = ident(column.at("name").get<std::string>());
    const bool names = column.at("type").get<std::string>().starts_with("ENUM");
    list += (list.empty() ? "" : ", ") + (names ? "CAST(" + name + " AS VARCHAR) AS " + name : name);
  };
  const auto columns = input.value("columns", json::array());
  if (wanted.columns.empty()) std::for_each(columns.begin(), columns.end(), add);
  for (const auto& name : wanted.columns) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const json& column) { return column.at("name") == name; });
    if (found == columns.end()) throw Failure("config", "E5004", "the dataset " + dataset + " has no column '" + name + "'", "", "`millrace datasets show " + dataset + "` has the columns");
    add(*found);
  }
  const auto dot = dataset.find('.');
  return "SELECT " + list + " FROM " + ident(dataset.substr(0, dot)) + "." + ident(dataset.substr(dot + 1));
}

// Facts in which the dataset is all there is, so that the session sees and reaches nothing else.
Facts facts_of(const Attempt& attempt, const std::string& dataset) {
  const auto* input = datasets::find(attempt, "inputs", dataset);
  if (input == nullptr) throw datasets::not_of_the_task(dataset, "read", ".reads()");
  Facts facts{attempt.facts()};
  facts.json["inputs"] = json::array({*input});
  facts.json["outputs"] = json::array();
  facts.json["cpu"] = 1.0;  // rows in order, and nothing runs ahead of who takes them
  return facts;
}

class RowStream {
 public:
  explicit RowStream(const mr_host& host) : host_(host) {}

  void open(std::string_view dataset, std::string_view options) {
    const Attempt attempt(host_);
    attempt.stop_if_cancelled();
    const auto wanted = read_options(options);
    const auto facts = facts_of(attempt, std::string(dataset));
    const auto& input = facts.json.at("inputs").at(0);
    check_files(facts.json.value("data_root", ""), input);
    session_.emplace(open_confined_session(facts));
    result_.emplace(*session_, select_of(input, wanted));
    batch_rows_ = wanted.batch_rows;
    Owned<ArrowSchema> schema;
    result_->schema(schema.value);
    batch_.emplace(schema.value);
  }

  void schema(ArrowSchema& out) { result_->schema(out); }

  // An array without a release: there are no more.
  void next(ArrowArray& out) {
    out = {};
    while (batch_->rows() < batch_rows_ && batch_->bytes() < kMostBatchBytes && fill()) {
    }
    if (batch_->rows() > 0) batch_->give(out);
  }

  // What `act` throws becomes a reason, and stays one.
  template <class F>
  int guarded(F act) noexcept {
    if (reason_ != 0) return reason_;
    try {
      act();
    } catch (const Cancelled&) {
      say(ECANCELED, "the attempt is to stop");
    } catch (const Failure& failure) {
      const auto& kind = failure.error_class;
      say(kind == "config" ? EINVAL : kind == "data" ? EBADMSG : kind == "resource" ? ENOMEM : EIO, failure.code + " " + failure.what_happened + (failure.hint.empty() ? "" : "; " + failure.hint));
    } catch (const std::bad_alloc&) {
      say(ENOMEM, "E5001 the process has no memory left");
    } catch (const std::exception& problem) {
      say(EBADMSG, std::string("E5005 what the host said of the dataset can't be used: ") + problem.what());
    }
    return reason_;
  }

  const char* problem() const { return reason_ != 0 ? problem_.c_str() : nullptr; }

 private:
  void say(int reason, std::string problem) {
    reason_ = reason;
    problem_ = std::move(problem);
  }

  // Rows of the present chunk, or of the next one, into the batch. False: there are no more.
  bool fill() {
    if (chunk_.value.release == nullptr) {
      if (host_.cancelled(host_.self) != 0) throw Cancelled{};
      if (!result_->next(chunk_.value)) return false;
      taken_ = 0;
    }
    const auto count = std::min(chunk_.value.length - taken_, batch_rows_ - batch_->rows());
    batch_->append(chunk_.value, taken_, count);
    taken_ += count;
    if (taken_ == chunk_.value.length) chunk_.drop();
    return true;
  }

  const mr_host& host_;
  std::optional<Session> session_{};
  std::optional<QueryStream> result_{};       // goes before its session
  std::optional<GrowingColumn> batch_{};  // a struct of the columns
  Owned<ArrowArray> chunk_{};             // rows that DuckDB gave, from taken_ on still to be passed
  int64_t taken_ = 0, batch_rows_ = kBatchRows;
  int reason_ = 0;
  std::string problem_{};
};

RowStream& of(ArrowArrayStream* stream) { return *static_cast<RowStream*>(stream->private_data); }

const char* no_memory(ArrowArrayStream*) { return "E5001 the process has no memory left"; }
int refuse_schema(ArrowArrayStream*, ArrowSchema*) { return ENOMEM; }
int refuse_next(ArrowArrayStream*, ArrowArray*) { return ENOMEM; }
void release_nothing(ArrowArrayStream* stream) { stream->release = nullptr; }

}  // namespace

int open_rows(const mr_host& host, std::string_view dataset, std::string_view options_json, ArrowArrayStream& out) noexcept {
  out = {.get_schema = &refuse_schema, .get_next = &refuse_next, .get_last_error = &no_memory, .release = &release_nothing, .private_data = nullptr};
  auto* rows = new (std::nothrow) RowStream(host);
  if (rows == nullptr) return ENOMEM;
  out = {.get_schema = [](ArrowArrayStream* stream, ArrowSchema* schema) { return of(stream).guarded([&] { of(stream).schema(*schema); }); },
         .get_next = [](ArrowArrayStream* stream, ArrowArray* array) { return of(stream).guarded([&] { of(stream).next(*array); }); },
         .get_last_error = [](ArrowArrayStream* stream) { return of(stream).problem(); },
         .release = [](ArrowArrayStream* stream) {
           delete &of(stream);
           stream->release = nullptr;
         },
         .private_data = rows};
  return rows->guarded([&] { rows->open(dataset, options_json); });
}

}  // namespace mr::data
