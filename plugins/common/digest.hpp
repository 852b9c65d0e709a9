// Digests of bytes that come in pieces: sha256, sha1, md5. Each object is used by one thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace mr::digest {

class Digest {
 public:
  explicit Digest(const std::string& algorithm);  // throws std::invalid_argument for one that is not known
  void add(std::string_view bytes);
  std::string hex();  // of all; the last call

 private:
  struct End {
    void operator()(void* state) const;
  };
  std::unique_ptr<void, End> state_;
};

}  // namespace mr::digest
