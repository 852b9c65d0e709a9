// Files to objects and back, in parts when they are large. An object is whole or not there, and so is a file.
//
// Throws mr::Failure (those of client.hpp, E4040 and E4041 of files, E4086 damaged) and mr::Cancelled.
#pragma once
#include <map>
#include <string>

#include "s3/client.hpp"

namespace mr::s3 {

inline constexpr int64_t kLeastPart = 5'242'880;  // as S3 has it, but for the last part
inline constexpr int64_t kMostParts = 10'000;
inline constexpr int64_t kMostCopied = 5'368'709'120;

struct PutPlan {
  std::string from{}, key{}, content_type{};
  std::map<std::string, std::string> metadata{};
  bool only_new = false;  // fails when the object is there already
  int64_t part_bytes = 16'777'216;
};

struct GetPlan {
  std::string key{}, to{}, sha256{};  // no sha256: the one that s3.put left with the object, if any
  int64_t part_bytes = 16'777'216;
};

struct Moved {
  int64_t bytes = 0;
  std::string etag{}, sha256{};
};

// An upload in parts that fails is taken back; one whose worker died is taken back by the task's next attempt.
Moved put(const Client& client, const PutPlan& plan, const Attempt& attempt);
Moved get(const Client& client, const GetPlan& plan, const Attempt& attempt);
Moved copy(const Client& client, const std::string& from_bucket, const std::string& from, const std::string& to);

}  // namespace mr::s3
