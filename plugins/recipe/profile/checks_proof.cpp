#include "data/publish.hpp"
#include "quality/validate.hpp"
#include "recipe/profile/checks.hpp"

namespace mr::recipe {

std::vector<ProposedCheck> take_out_what_fails(mr::data::Session& session,
                                               const std::string& relation, CheckFormat format,
                                               std::vector<ProposedCheck>& checks) {
  mr::quality::ValidateOptions options{.now = mr::data::now_text()};
  options.result_format = "BOOLEAN_ONLY";
  const auto done = mr::quality::validate(
      session, relation, checks_text(checks, format, "proposed"), "proposed", options);
  std::vector<ProposedCheck> good, bad;
  size_t line = 0;
  for (ProposedCheck& check : checks) {
    const size_t end = line + count_in(check, format);
    bool holds = true;
    for (; line < end; ++line) holds = holds && done.lines.at(line).success;
    (holds ? good : bad).push_back(std::move(check));
  }
  checks = std::move(good);
  return bad;
}

}  // namespace mr::recipe
