// One bucket of a server that speaks S3.
//
// Used by one thread. Throws mr::Failure (E4030, E4080 to E4085) and mr::Cancelled; what passes by itself is tried a few times first.
// Nothing that it says holds a key or a signature.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/http_client.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::s3 {

// Where the bucket is, and who asks; part of each operator's config.
struct Place {
  std::string bucket{}, endpoint{}, region = "us-east-1", style = "auto";
  std::string access_key{}, secret_key{}, session_token{}, ca_file{};
};

struct Call {
  std::string method = "GET", key{};  // no key: the bucket itself
  std::vector<std::pair<std::string, std::string>> query{};
  std::map<std::string, std::string> headers{};
  std::string body{};
  size_t most_body = size_t{16} * 1024 * 1024;
  bool even_when_cancelled = false;  // what puts things in order
};

struct Object {
  std::string key{}, etag{}, modified{};
  int64_t size = 0;
};

struct Page {
  std::vector<Object> objects{};
  std::vector<std::string> prefixes{};
  std::string next{};  // empty: there is no more
};

class Client {
 public:
  Client(Place place, const Attempt& attempt);

  // Any answer of status 2xx; others are failures.
  http::Answer ask(const Call& call) const;
  std::optional<http::Answer> head(const std::string& key) const;  // nullopt: there is no such object
  Page list(const std::string& prefix, const std::string& delimiter, const std::string& from) const;
  void remove(const std::string& key) const;

  const std::string& bucket() const { return place_.bucket; }
  std::string name_of(const std::string& key) const { return "s3://" + place_.bucket + "/" + key; }  // for messages

 private:
  std::string url_of(const Call& call) const;
  http::Answer ask_once(const Call& call) const;

  Place place_;
  const Attempt& attempt_;
  std::string scheme_{}, host_{}, base_{};
};

// What became of a call that was not answered by 2xx.
Failure failure_of(int status, const std::string& body, const std::string& where);

}  // namespace mr::s3
