// A table of text for people. Pure.
#pragma once
#include <string>
#include <vector>

namespace millrace {

struct TextTable {
  std::vector<std::string> columns{};
  std::vector<std::vector<std::string>> rows{};
  std::string to_string() const;  // columns padded to their widest cell, two blanks apart
};

}  // namespace millrace
