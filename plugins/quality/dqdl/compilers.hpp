// One function for each type of rule, by the family that it belongs to: rule to check.
//
// One thread. Throw Unfit for what is not there or doesn't fit, QualityError for a rule that is
// wrong itself. Semantics: README.md; the types as the AWS Glue Data Quality Definition Language
// describes them.
#pragma once
#include "quality/dqdl/scope.hpp"

#include <string_view>

namespace mr::quality::dqdl {

using Compile = Check (*)(const Scope&);

// Of what is known without reading a row: compile_schema.cpp.
Check column_count(const Scope& scope);
Check column_exists(const Scope& scope);
Check column_names_match(const Scope& scope);
Check schema_match(const Scope& scope);

// Of one number about rows: compile_statistics.cpp.
Check row_count(const Scope& scope);
Check completeness(const Scope& scope);
Check column_correlation(const Scope& scope);
Check statistic(const Scope& scope);

// The share of rows in scope that have a value.
MeasureId completeness_measure(const Scope& scope, const Column& column);

// Of keys and how often they occur: compile_keys.cpp.
Check uniqueness(const Scope& scope);
Check primary_key(const Scope& scope);
Check unique_value_ratio(const Scope& scope);
Check distinct_values(const Scope& scope);
Check entropy(const Scope& scope);
Check duplicate_rows(const Scope& scope);

// Of each value: compile_values.cpp, compile_types.cpp, compile_freshness.cpp.
Check column_values(const Scope& scope);
Check column_length(const Scope& scope);
Check column_data_type(const Scope& scope);
Check data_freshness(const Scope& scope);

// Of other datasets and of SQL: compile_datasets.cpp, compile_sql.cpp.
Check row_count_match(const Scope& scope);
Check referential_integrity(const Scope& scope);
Check dataset_match(const Scope& scope);
Check aggregate_match(const Scope& scope);
Check custom_sql(const Scope& scope);

// Of earlier runs: compile_anomalies.cpp.
Check detect_anomalies(const Scope& scope);

// Of files: compile_files.cpp.
Check file_rule(const Scope& scope);

// Whether a metric of one value stands out of earlier ones: compile_anomalies.cpp.
struct Outlier {
  bool is_one = false;
  double low = 0, high = 0;  // what would not stand out
};

struct AnomalyLimits {
  size_t least = 3, most = 30;  // earlier values that are needed, and looked at
  double deviations = 3.5;
};

Outlier outlier(const std::vector<double>& past, double value, const AnomalyLimits& limits);

// Two measures in one ratio, for rules whose parts are of two relations.
Check ratio_check(const Scope& scope, const std::string& metric, MeasureId first, MeasureId second,
                  double when_both_zero);

}  // namespace mr::quality::dqdl
