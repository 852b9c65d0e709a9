#include "ingest/objects.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "common/draft.hpp"
#include "common/waiting.hpp"
#include "http/http_client.hpp"
#include "s3/address.hpp"
#include "s3/transfer.hpp"

namespace mr::ingest {
namespace {

constexpr int kMostTries = 4;
constexpr double kFirstPause = 0.2;  // seconds
constexpr double kTimeout = 3600;    // of one file

mr::Failure changed(const std::string& name) { return {"transient", "E5038", "the object changed while it was read", name, "write it under another name", false}; }
mr::Failure not_there(const std::string& name) { return {"transient", "E5030", "the object is not there", name, "it may arrive later", false}; }
mr::Failure wrong(const std::string& what, const std::string& name, const std::string& hint) { return {"config", "E5078", what, name, hint}; }

// --- buckets -----------------------------------------------------------------------------------------------------------------

// Only * and ? mean something.
bool matches(const std::string& key, const std::string& pattern) {
  std::string plain;
  for (const char c : pattern) plain += c == '[' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return ::fnmatch(plain.c_str(), key.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
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
        if (star == std::string::npos ? one.key == address_.key : matches(one.key, address_.key)) found.push_back({.name = client_.name_of(one.key), .size = one.size, .version = one.etag});
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
  Web(std::string url, const Json& access, const mr::Attempt& attempt) : url_(std::move(url)), name_(http::without_secrets(url_)), attempt_(attempt) {
    const auto host = url_.substr(url_.find("://") + 3, url_.find_first_of("/?#", url_.find("://") + 3) - url_.find("://") - 3);
    if (host.find('@') != std::string::npos) throw wrong("the URL holds a user or a password", name_, "write them into `access`: {user: …, password: …}");
    if (url_.find('*') != std::string::npos) throw wrong("a web server has no list of its files", name_, "name each file, or ask for the list by http.request");
    if (access.is_null()) return;
    if (!access.is_object()) throw wrong("`access` is no map", name_, "write {user: …, password: …} or {token: …}");
    const std::map<std::string, std::string*> words{{"user", &credentials_.user}, {"password", &credentials_.password}, {"token", &credentials_.token}, {"ca_file", &ca_file_}};
    for (const auto& [word, value] : access.items()) {
      const auto found = words.find(word);
      if (found == words.end() || !value.is_string()) throw wrong("`access` of a web server has no text called " + word, name_, "user, password, token, ca_file");
      *found->second = value.get<std::string>();
    }
    if (!ca_file_.empty()) files::plain_file(ca_file_ = files::absolute(attempt, ca_file_));
  }

  std::vector<Object> list() const override {
    const auto answer = trying([&] { return good(ask("HEAD", {})); });
    const auto version = version_of(answer);
    if (version.empty()) throw mr::Failure("config", "E5079", "the server tells neither ETag nor Last-Modified, so nobody knows whether the file was loaded already", name_, "fetch it by http.request, and load the file");
    return {{.name = url_, .size = size_of(answer), .version = version}};
  }

  void bring(const Object& object, const std::string& to) const override {
    trying([&] {
      files::Draft draft(to);
      int64_t bytes = 0;
      const auto answer = good(ask("GET", [&](std::string_view part) {
        draft.write(part);
        bytes += static_cast<int64_t>(part.size());
      }));
      if (version_of(answer) != object.version) throw changed(name_);
      if (object.size >= 0 && bytes != object.size) throw mr::Failure("transient", "E4086", "the file has " + std::to_string(bytes) + " bytes, and should have " + std::to_string(object.size), name_, "it may have been cut on its way", false);
      draft.keep(0600);
      return answer;
    });
  }

 private:
  http::Answer ask(const char* method, const std::function<void(std::string_view)>& sink) const {
    http::Request request{.method = method, .url = url_, .credentials = credentials_, .timeout_seconds = kTimeout, .sink = sink};
    request.tls.ca_file = ca_file_;
    return http::send(request, [&] { return attempt_.cancelled(); });
  }

  http::Answer good(http::Answer answer) const {
    if (answer.status / 100 == 2) return answer;
    if (answer.status == 404 || answer.status == 410) throw not_there(name_);
    const auto said = "the server answered " + std::to_string(answer.status);
    if (http::is_passing(answer.status)) throw http::patient({"transient", "E5079", said, name_, "it passes, or the server is asked for too much at once", false}, answer);
    throw mr::Failure("config", "E5079", said, name_, answer.status == 401 || answer.status == 403 ? "is `access` right, and may this user do it?" : "does the URL lead to a file?");
  }

  template <class Act>
  http::Answer trying(Act act) const {
    double pause = kFirstPause;
    for (int tries = 1;; ++tries) {
      try {
        return act();
      } catch (const Failure& failure) {
        if (failure.final || failure.code == "E5030" || failure.code == "E5038" || tries == kMostTries) throw;
        attempt_.info(failure.what_happened + "; trying again");
      }
      waiting::pause(attempt_, waiting::Seconds(pause));
      pause *= 2;
    }
  }

  std::string url_, name_, ca_file_{};
  http::Credentials credentials_{};
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

std::vector<LandedFile> find_objects(const mr::data::Facts& facts, const std::vector<std::string>& patterns, const std::string& source, const Json& access, const mr::Attempt& attempt) {
  std::map<std::string, Object> found;
  for (const auto& pattern : patterns) {
    if (!is_elsewhere(pattern)) continue;
    for (auto& object : place_of(pattern, access, attempt)->list()) found[object.name] = std::move(object);
  }
  const auto seen = positions_of(facts, source);
  std::vector<LandedFile> files;
  for (const auto& [name, object] : found) {
    const auto known = seen.find(name);
    files.push_back({.path = {}, .key = name, .identity = {.size = object.size, .version = object.version}, .seen = known == seen.end() ? Json() : known->second, .readable = {}});
  }
  return files;
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
