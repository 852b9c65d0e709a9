// Landing places on other machines: buckets of S3 (s3://bucket/orders/*.csv) and web servers (https://host/orders.csv).
//
// A place lists objects, each with a version that changes when its bytes do, and brings one such version as a file, whole or not at all.
// One thread. What passes by itself (500, 503, no answer, a body that ends too early) is tried a few times. Throws mr::Failure: E5030 (not
// there), E5038 (changed meanwhile), E5078 (a place that makes no sense), E5079 (the server does not serve it, or tells no version), those of
// http_client.hpp (E4030 …) and s3/client.hpp (E4080 to E4086); mr::Cancelled. No message has a key, a password, or a URL's query.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "ingest/landing.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::ingest {

struct Object {
  std::string name{};     // its URL
  int64_t size = -1;      // -1: not told
  std::string version{};  // an ETag, or the time of its last change
  int64_t changed_ns = 0; // of an object of a bucket: since 1970; 0: not told
};

class LandingPlace {
 public:
  virtual ~LandingPlace() = default;
  virtual std::vector<Object> list() const = 0;  // by name; of a pattern there may be none
  virtual void bring(const Object& object, const std::string& to) const = 0;
};

bool is_elsewhere(const std::string& from);

// `from` is a URL; with * and ? in its last parts where it is a bucket's, which do not cross a slash. `access`: who asks (place_of in
// s3/address.hpp; of web servers {user, password} or {token}, and ca_file).
std::unique_ptr<LandingPlace> place_of(const std::string& from, const Json& access, const mr::Attempt& attempt);

// Those of `patterns` that are elsewhere, as find_files gives those here, but not here yet.
std::vector<LandedFile> find_objects(const std::vector<std::string>& patterns, const Json& access, const mr::Attempt& attempt);

bool is_there(const std::string& name, const Json& access, const mr::Attempt& attempt);

// Copies of those that are not here yet, in the attempt's work folder.
void bring(std::vector<LandedFile>& files, const Json& access, const mr::Attempt& attempt);

}  // namespace mr::ingest
