#include "ingest/objects.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "common/draft.hpp"
#include "ingest/web.hpp"
#include "s3/address.hpp"
#include "s3/transfer.hpp"

namespace mr::ingest {
namespace {

constexpr double kTimeout = 3600;  // seconds, of one file

mr::Failure changed(const std::string& name) { return {"transient", "E5038", "the object changed while it was read", name, "write it under another name", false}; }
mr::Failure not_there(const std::string& name) { return {"transient", "E5030", "the object is not there", name, "it may arrive later", false}; }

// --- buckets -----------------------------------------------------------------------------------------------------------------

// Only * and ? mean something.
bool matches(const std::string& key, const std::string& pattern) {
  std::string plain;
  for (const char c : pattern) plain += c == '[' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return ::fnmatch(plain.c_str(), key.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

// 2026-11-01T00:00:00.000Z
int64_t changed_ns(const std::string& modified) {
  std::tm at{};
  const char* rest = ::strptime(modified.c_str(), "%Y-%m-%dT%H:%M:%S", &at);
  if (rest == nullptr) return 0;
  const double fraction = *rest == '.' ? std::strtod(rest, nullptr) : 0;
  return int64_t{::timegm(&at)} * 1'000'000'000 + static_cast<int64_t>(fraction * 1e9);
}

class Bucket final : public LandingPlace {
 public:
  Bucket(const std::string& from, const Json& access, const mr::Attempt& attempt) : address_(s3::read_address(from)), client_(s3::place_of(address_.bucket, access), attempt), attempt_(attempt) {}

  std::vector<Object> list() const override {
    const auto star = address_.key.find_first_of("*?");
    std::vector<Object> found;
    for (std::string from;;) {
      const auto page = client_.list(address_.key.substr(0, star), "", from);
      for (const auto& one : page.objects) {
        if (star == std::string::npos ? one.key == address_.key : matches(one.key, address_.key)) found.push_back({.name = client_.name_of(one.key), .size = one.size, .version = one.etag, .changed_ns = changed_ns(one.modified)});
      }
      from = page.next;
      if (from.empty() || (star == std::string::npos && !found.empty())) break;
    }
    if (star == std::string::npos && found.empty()) throw not_there(client_.name_of(address_.key));
    return found;
  }

  void bring(const Object& object, const std::string& to) const override {
    s3::Moved moved;
    try {
      moved = s3::get(client_, {.key = s3::read_address(object.name).key, .to = to}, attempt_);
    } catch (const Failure& failure) {
      if (failure.code == "E4083" || failure.code == "E4084") throw changed(object.name);  // it is gone, or its parts are of another version
      throw;
    }
    if (moved.etag != object.version || moved.bytes != object.size) throw changed(object.name);
  }

 private:
  s3::Address address_;
  s3::Client client_;
  const mr::Attempt& attempt_;
};

// --- web servers ---------------------------------------------------------------------------------------------------------------

std::string header(const http::Answer& answer, const char* name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

// A weak ETag promises less than the same bytes.
std::string version_of(const http::Answer& answer) {
  const auto etag = header(answer, "etag");
  return etag.empty() || etag.starts_with("W/") ? header(answer, "last-modified") : etag;
}

int64_t size_of(const http::Answer& answer) {
  const auto text = header(answer, "content-length");
  return text.empty() ? -1 : std::strtoll(text.c_str(), nullptr, 10);
}

class Web final : public LandingPlace {
 public:
  Web(std::string url, const Json& access, const mr::Attempt& attempt) : url_(std::move(url)), name_(http::without_secrets(url_)), access_(web_access(url_, access, attempt)), attempt_(attempt) {
    if (url_.find('*') != std::string::npos) throw mr::Failure("config", "E5078", "a web server has no list of its files", name_, "name each file, or ask for the list by http.request");
  }

  std::vector<Object> list() const override {
    const auto answer = trying(attempt_, [&] { return ask("HEAD", {}); });
    const auto version = version_of(answer);
    if (version.empty()) throw mr::Failure("config", "E5079", "the server tells neither ETag nor Last-Modified, so nobody knows whether the file was loaded already", name_, "fetch it by http.request, and load the file");
    return {{.name = url_, .size = size_of(answer), .version = version}};
  }

  void bring(const Object& object, const std::string& to) const override {
    trying(attempt_, [&] {
      files::Draft draft(to);
      int64_t bytes = 0;
      const auto answer = ask("GET", [&](std::string_view part) {
        draft.write(part);
        bytes += static_cast<int64_t>(part.size());
      });
      if (version_of(answer) != object.version) throw changed(name_);
      if (object.size >= 0 && bytes != object.size) throw mr::Failure("transient", "E4086", "the file has " + std::to_string(bytes) + " bytes, and should have " + std::to_string(object.size), name_, "it may have been cut on its way", false);
      draft.keep(0600);
      return answer;
    });
  }

 private:
  http::Answer ask(const char* method, const std::function<void(std::string_view)>& sink) const {
    http::Request request{.method = method, .url = url_, .credentials = access_.credentials, .timeout_seconds = kTimeout, .sink = sink};
    request.tls.ca_file = access_.ca_file;
    return good(http::send(request, [&] { return attempt_.cancelled(); }), name_);
  }

  std::string url_, name_;
  WebAccess access_;
  const mr::Attempt& attempt_;
};

// A name for the copy: readers look at its ending.
std::string copy_of(const std::string& name, size_t number, const std::string& folder) {
  const auto path = s3::is_address(name) ? name : name.substr(0, name.find_first_of("?#"));
  auto last = path.substr(path.rfind('/') + 1);
  if (last.size() > 100) last = last.substr(last.size() - 100);
  return folder + "/landed/" + std::to_string(number) + "-" + last;
}

}  // namespace

bool is_elsewhere(const std::string& from) { return s3::is_address(from) || from.starts_with("https://") || from.starts_with("http://"); }

std::unique_ptr<LandingPlace> place_of(const std::string& from, const Json& access, const mr::Attempt& attempt) {
  if (s3::is_address(from)) return std::make_unique<Bucket>(from, access, attempt);
  return std::make_unique<Web>(from, access, attempt);
}

std::vector<LandedFile> find_objects(const std::vector<std::string>& patterns, const Json& access, const mr::Attempt& attempt) {
  std::map<std::string, Object> found;
  for (const auto& pattern : patterns) {
    if (!is_elsewhere(pattern)) continue;
    for (auto& object : place_of(pattern, access, attempt)->list()) found[object.name] = std::move(object);
  }
  std::vector<LandedFile> files;
  for (const auto& [name, object] : found) {
    files.push_back({.path = {}, .key = name, .identity = {.size = object.size, .version = object.version}, .changed_ns = object.changed_ns, .seen = {}, .readable = {}});
  }
  return files;
}

bool is_there(const std::string& name, const Json& access, const mr::Attempt& attempt) {
  try {
    return !place_of(name, access, attempt)->list().empty();
  } catch (const mr::Failure& failure) {
    if (failure.code == "E5030") return false;
    throw;
  }
}

void bring(std::vector<LandedFile>& files, const Json& access, const mr::Attempt& attempt) {
  for (size_t i = 0; i < files.size(); ++i) {
    auto& file = files[i];
    if (!file.path.empty()) continue;
    file.path = file.readable = copy_of(file.key, i, attempt.work_folder());
    place_of(file.key, access, attempt)->bring({.name = file.key, .size = file.identity.size, .version = file.identity.version}, file.path);
  }
}

}  // namespace mr::ingest
