// Validation results of Great Expectations, in the shapes of 0.18 and 1.x.
//
// Values; one thread. Section 5 of the format's reference says which field stands at which level.
#pragma once
#include "quality/engine/failing_rows.hpp"
#include "quality/engine/gx_suite.hpp"
#include "quality/validate.hpp"

#include <optional>

namespace mr::quality::gx {

enum class Level : uint8_t { boolean_only = 1, basic, summary, complete };

struct Format {
  Level level = Level::summary;
  size_t partial = 20;  // partial_unexpected_count
  std::vector<std::string> index_columns{};
  bool index_query = true, exclude_values = false, include_rows = false;
};

// Throws QualityError for what is not a result_format, or names a column that is not there.
Format format_of(const nlohmann::json& given, const Target& target, bool as_0_18,
                 const std::string& where);

// The rows that the result of a failed check shows; absent when it shows none.
std::optional<RowsWanted> rows_of(const Compiled& compiled, const Verdict& verdict,
                                  const Format& format, const Target& target,
                                  const Measures& measures, bool as_0_18);

// `rows` as rows_of() asked for them.
nlohmann::json result_of(const Compiled& compiled, const Verdict& verdict, const Format& format,
                         const std::vector<nlohmann::json>& rows, const RowsWanted& wanted,
                         const Target& target);

// One result: success, expectation_config, result, meta, exception_info.
nlohmann::json entry_result(const Entry& entry, const Verdict& verdict, nlohmann::json result,
                            const ValidateOptions& options);

nlohmann::json suite_result(const Suite& suite, nlohmann::json results,
                            const ValidateOptions& options);

}  // namespace mr::quality::gx
