// Secrets by name. Values are never kept, logged or shown by whoever asks for one.
//
// Any thread. Read anew each time, so that a new value counts at once.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

class Secrets {
 public:
  virtual ~Secrets() = default;
  virtual std::optional<std::string> find(const std::string& name) const = 0;
};

// Of a process: the environment's MILLRACE_SECRET_NAME, or the file `name` in a folder, which nobody else may read.
class FolderSecrets final : public Secrets {
 public:
  explicit FolderSecrets(std::string folder) : folder_(std::move(folder)) {}
  std::optional<std::string> find(const std::string& name) const override;

 private:
  std::string folder_;
};

using SecretValues = std::map<std::string, std::string>;  // by name

// The text with every one of the values as ***; also as JSON writes them.
std::string masked(std::string text, const SecretValues& secrets);

}  // namespace millrace
