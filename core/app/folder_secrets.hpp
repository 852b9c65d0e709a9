// Secrets of a server: the environment's MILLRACE_SECRET_NAME, or the file HOME/secrets/name, which nobody else may read.
//
// Any thread. Read anew each time, so that a new value counts at once.
#pragma once
#include <string>

#include "engine/ports.hpp"

namespace millrace {

class FolderSecrets final : public Secrets {
 public:
  explicit FolderSecrets(std::string folder) : folder_(std::move(folder)) {}
  std::optional<std::string> find(const std::string& name) const override;

 private:
  std::string folder_;
};

}  // namespace millrace
