// The files of a new plugin; @NAME@ and @FAMILY@ stand for its names, in paths too. Constants; any thread.
#pragma once
#include <string_view>
#include <vector>

namespace millrace {

struct TemplateFile {
  std::string_view path, text;
};

const std::vector<TemplateFile>& plugin_template();

}  // namespace millrace
