#include "s3/transfer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/digest.hpp"
#include "common/draft.hpp"
#include "s3/xml.hpp"

namespace mr::s3 {
namespace {

constexpr auto kOurSum = "x-amz-meta-millrace-sha256";
constexpr auto kOurTask = "x-amz-meta-millrace-task";

std::string header(const http::Answer& answer, const char* name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

std::string etag_of(const http::Answer& answer) {
  auto etag = header(answer, "etag");
  etag.erase(std::remove(etag.begin(), etag.end(), '"'), etag.end());
  return etag;
}

int64_t size_of(const http::Answer& answer) { return std::strtoll(header(answer, "content-length").c_str(), nullptr, 10); }

// --- to S3 ---------------------------------------------------------------------------------------------------------------

class Source {
 public:
  Source(std::string path, const Attempt& attempt) : path_(std::move(path)), attempt_(attempt), size_(files::plain_file(path_).st_size), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_.fd < 0) files::refuse("read the file", path_, errno);
  }

  int64_t size() const { return size_; }

  std::string part(int64_t at, int64_t length) const {
    std::string bytes(static_cast<size_t>(length), '\0');
    for (size_t done = 0; done < bytes.size();) {
      attempt_.stop_if_cancelled();
      const auto n = ::pread(file_.fd, bytes.data() + done, std::min(bytes.size() - done, size_t{1} << 20), at + static_cast<int64_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) files::refuse("read the file", path_, errno);
      if (n == 0) throw changed();
      done += static_cast<size_t>(n);
    }
    return bytes;
  }

  std::string sha256(int64_t step) const {
    digest::Digest sum("sha256");
    for (int64_t at = 0; at < size_; at += step) sum.add(part(at, std::min(step, size_ - at)));
    return sum.hex();
  }

  // After the last byte was sent, and before anybody sees the object.
  void check_unchanged(const std::string& sum) const {
    struct stat now {};
    if (::fstat(file_.fd, &now) != 0 || now.st_size != size_ || sum != sent_.hex()) throw changed();
  }

  std::string part_to_send(int64_t at, int64_t length) {
    auto bytes = part(at, length);
    sent_.add(bytes);
    return bytes;
  }

 private:
  Failure changed() const { return {"transient", "E4041", "the file changed while it was read", path_, "wait for it by file.wait first", false}; }

  std::string path_;
  const Attempt& attempt_;
  int64_t size_;
  files::File file_;
  mutable digest::Digest sent_{"sha256"};
};

// The same for all attempts of a task in a run, and of nobody else.
std::string task_mark(const Attempt& attempt) {
  digest::Digest mark("sha256");
  mark.add(attempt.fact("run") + "\n" + attempt.fact("task"));
  return attempt.fact("run").empty() ? "" : mark.hex();
}

// An upload in parts, taken back unless it was completed.
class Upload {
 public:
  Upload(const Client& client, std::string key, const std::map<std::string, std::string>& headers, const Attempt& attempt) : client_(client), key_(std::move(key)), attempt_(attempt) {
    id_ = text_of(client_.ask({.method = "POST", .key = key_, .query = {{"uploads", ""}}, .headers = headers}).body, "UploadId");
    if (id_.empty()) throw Failure("data", "E4085", "the answer names no upload", client_.name_of(key_), "does `endpoint` lead to a server that speaks S3?");
    attempt_.save_checkpoint({{"bucket", client_.bucket()}, {"key", key_}, {"upload", id_}});
  }
  ~Upload() {
    if (!completed_) take_back(client_, key_, id_, attempt_);
  }
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  void send(int64_t number, std::string body) {
    const auto answer = client_.ask({.method = "PUT", .key = key_, .query = {{"partNumber", std::to_string(number)}, {"uploadId", id_}}, .body = std::move(body)});
    parts_ += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + encoded(header(answer, "etag")) + "</ETag></Part>";
  }

  std::string complete(const std::map<std::string, std::string>& headers) {
    const auto answer = client_.ask({.method = "POST", .key = key_, .query = {{"uploadId", id_}}, .headers = headers, .body = "<CompleteMultipartUpload>" + parts_ + "</CompleteMultipartUpload>"});
    completed_ = true;
    attempt_.save_checkpoint(nullptr);
    auto etag = text_of(answer.body, "ETag");
    etag.erase(std::remove(etag.begin(), etag.end(), '"'), etag.end());
    return etag;
  }

  // Of this attempt, or of one whose worker died.
  static void take_back(const Client& client, const std::string& key, const std::string& id, const Attempt& attempt) noexcept {
    try {
      client.ask({.method = "DELETE", .key = key, .query = {{"uploadId", id}}, .even_when_cancelled = true});
      attempt.save_checkpoint(nullptr);
    } catch (const Failure& failure) {
      if (failure.code != "E4083") attempt.warn("an unfinished upload was not taken back: " + failure.what_happened);  // E4083: it is gone
    } catch (...) {
      attempt.warn("an unfinished upload was not taken back");
    }
  }

 private:
  const Client& client_;
  std::string key_, id_{}, parts_{};
  const Attempt& attempt_;
  bool completed_ = false;
};

void take_back_the_last(const Client& client, const Attempt& attempt) {
  const auto before = attempt.checkpoint();
  if (!before.is_object() || before.value("bucket", "") != client.bucket()) return;
  attempt.info("an earlier attempt left an unfinished upload, which is taken back");
  Upload::take_back(client, before.value("key", ""), before.value("upload", ""), attempt);
}

std::string put_in_parts(const Client& client, const PutPlan& plan, Source& source, const std::string& sum, const std::map<std::string, std::string>& headers, const std::map<std::string, std::string>& condition, const Attempt& attempt) {
  const int64_t length = std::max(plan.part_bytes, (source.size() + kMostParts - 1) / kMostParts);
  Upload upload(client, plan.key, headers, attempt);
  int64_t number = 0;
  for (int64_t at = 0; at < source.size(); at += length) {
    upload.send(++number, source.part_to_send(at, std::min(length, source.size() - at)));
    attempt.progress(static_cast<double>(std::min(at + length, source.size())) / static_cast<double>(source.size()));
  }
  source.check_unchanged(sum);
  return upload.complete(condition);
}

// --- from S3 -------------------------------------------------------------------------------------------------------------

Failure damaged(const std::string& what, const std::string& where, bool final) {
  return {final ? "data" : "transient", "E4086", what, where, final ? "what is expected, or the object, is another one" : "it may have been cut on its way", final};
}

std::string range(int64_t first, int64_t last) { return "bytes=" + std::to_string(first) + "-" + std::to_string(last); }

}  // namespace

Moved put(const Client& client, const PutPlan& plan, const Attempt& attempt) {
  take_back_the_last(client, attempt);
  Source source(plan.from, attempt);
  Moved moved{.bytes = source.size(), .sha256 = source.sha256(plan.part_bytes)};
  std::map<std::string, std::string> headers{{kOurSum, moved.sha256}}, condition;
  for (const auto& [name, value] : plan.metadata) headers["x-amz-meta-" + name] = value;
  headers["Content-Type"] = plan.content_type;
  const auto mark = plan.only_new ? task_mark(attempt) : "";
  if (plan.only_new) condition["If-None-Match"] = "*";
  if (!mark.empty()) headers[kOurTask] = mark;
  try {
    if (source.size() > plan.part_bytes) {
      moved.etag = put_in_parts(client, plan, source, moved.sha256, headers, condition, attempt);
      return moved;
    }
    auto bytes = source.part_to_send(0, source.size());
    source.check_unchanged(moved.sha256);
    headers.insert(condition.begin(), condition.end());
    moved.etag = etag_of(client.ask({.method = "PUT", .key = plan.key, .headers = headers, .body = std::move(bytes)}));
    return moved;
  } catch (const Failure& failure) {
    // The answer to our own put may have been lost, of this attempt or of an earlier one: then the object is there, or the upload is gone.
    const bool may_be_ours = (failure.code == "E4084" && !mark.empty()) || (failure.code == "E4083" && failure.error_class == "data" && source.size() > plan.part_bytes);
    const auto there = may_be_ours ? client.head(plan.key) : std::nullopt;
    if (!there || header(*there, kOurSum) != moved.sha256 || header(*there, kOurTask) != mark) throw;
    attempt.info("the object is there already, by this task");
    moved.etag = etag_of(*there);
    return moved;
  }
}

Moved get(const Client& client, const GetPlan& plan, const Attempt& attempt) {
  const auto head = client.ask({.method = "HEAD", .key = plan.key});
  const auto where = client.name_of(plan.key);
  Moved moved{.bytes = size_of(head), .etag = etag_of(head)};
  files::Draft draft(plan.to);
  digest::Digest sum("sha256");
  for (int64_t at = 0; at < moved.bytes; at += plan.part_bytes) {
    const int64_t length = std::min(plan.part_bytes, moved.bytes - at);
    // If-Match: all parts are of one version of the object, or there is no file.
    const auto answer = client.ask({.key = plan.key, .headers = {{"Range", range(at, at + length - 1)}, {"If-Match", header(head, "etag")}}, .most_body = static_cast<size_t>(length) + 1});
    if (std::cmp_not_equal(answer.body.size(), length)) throw damaged("a part has " + std::to_string(answer.body.size()) + " bytes, and should have " + std::to_string(length), where, false);
    draft.write(answer.body);
    sum.add(answer.body);
    attempt.progress(static_cast<double>(at + length) / static_cast<double>(moved.bytes));
  }
  moved.sha256 = sum.hex();
  const auto expected = plan.sha256.empty() ? header(head, kOurSum) : plan.sha256;
  if (!expected.empty() && expected != moved.sha256) throw damaged("the SHA-256 is " + moved.sha256 + ", not " + expected, where, true);
  draft.keep(0644);
  return moved;
}

Moved copy(const Client& client, const std::string& from_bucket, const std::string& from, const std::string& to) {
  const auto answer = client.ask({.method = "PUT", .key = to, .headers = {{"x-amz-copy-source", "/" + from_bucket + "/" + http::escaped(from, true)}}});
  auto etag = text_of(answer.body, "ETag");
  etag.erase(std::remove(etag.begin(), etag.end(), '"'), etag.end());
  const auto made = client.ask({.method = "HEAD", .key = to});
  return {.bytes = size_of(made), .etag = etag, .sha256 = header(made, kOurSum)};
}

}  // namespace mr::s3
