#include "base/error.hpp"

#include <algorithm>

namespace millrace {

std::string to_string(const Error& error) {
  std::string text = error.code;
  if (!error.where.empty()) text += (text.empty() ? "" : " ") + error.where;
  if (!text.empty()) text += error.where.empty() ? ' ' : ':';
  if (!error.where.empty()) text += ' ';
  text += error.what;
  if (!error.hint.empty()) text += " (" + error.hint + ")";
  return text;
}

const std::vector<CodeInfo>& error_catalogue() {
#define MR_CODE(code, title, cause, remedy) CodeInfo{#code, title, cause, remedy},
  static const std::vector<CodeInfo> codes{
#include "base/codes/e0_base.def"
#include "base/codes/e1_parse.def"
#include "base/codes/e2_engine.def"
#include "base/codes/e3_worker.def"
#include "base/codes/e4_plugin.def"
#include "base/codes/e5_data.def"
#include "base/codes/e6_recipe.def"
#include "base/codes/e7_quality.def"
#include "base/codes/e8_api.def"
#include "base/codes/e9_app.def"
  };
#undef MR_CODE
  return codes;
}

const CodeInfo* find_code(std::string_view code) {
  const auto& all = error_catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const CodeInfo& c) { return c.code == code; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace millrace
