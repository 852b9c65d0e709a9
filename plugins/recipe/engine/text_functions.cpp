#include "recipe/engine/text_functions.hpp"

#include <duckdb.h>

#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "recipe/engine/character_set.hpp"
#include "recipe/engine/recipe.hpp"
#include "recipe/engine/utf8.hpp"

namespace mr::recipe {

namespace {

// The texts of a chunk's column; a NULL has no text.
class Texts {
 public:
  Texts(duckdb_data_chunk chunk, idx_t column) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
    valid_ = duckdb_vector_get_validity(vector);
    values_ = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  }
  bool has(idx_t row) const { return valid_ == nullptr || duckdb_validity_row_is_valid(valid_, row); }
  std::string_view at(idx_t row) const { return {duckdb_string_t_data(&values_[row]), duckdb_string_t_length(values_[row])}; }

 private:
  uint64_t* valid_ = nullptr;
  duckdb_string_t* values_ = nullptr;
};

void set_null(duckdb_vector output, idx_t row) {
  duckdb_vector_ensure_validity_writable(output);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), row);
}

// A set, read anew only when its text changes: it is a constant of the statement, but may be given for each row.
class Sets {
 public:
  // Throws std::invalid_argument.
  const CharacterSet& of(std::string_view pattern) {
    if (!set_ || pattern != pattern_) {
      pattern_ = pattern;
      set_ = CharacterSet::of(pattern);
      if (!set_) throw std::invalid_argument("not a class of characters");
    }
    return *set_;
  }

 private:
  std::string pattern_{};
  std::optional<CharacterSet> set_{};
};

// `runs`: a run of the set's characters is replaced as one. What lies between them is taken at once.
template <bool runs>
void replace(std::string& out, std::string_view text, const CharacterSet& set, std::string_view by) {
  const char* kept = text.data();
  bool before = false;
  while (!text.empty()) {
    const char* start = text.data();
    const bool found = set.has(next_character(text));
    if (found) {
      out.append(kept, start);
      if (!runs || !before) out.append(by);
      kept = text.data();
    }
    before = found;
  }
  out.append(kept, text.data());
}

void trim(std::string& out, std::string_view text, const CharacterSet& set) {
  const char *first = nullptr, *last = nullptr;
  while (!text.empty()) {
    const char* start = text.data();
    if (set.has(next_character(text))) continue;
    if (first == nullptr) first = start;
    last = text.data();
  }
  if (first != nullptr) out.append(first, last);
}

void collapse(std::string& out, std::string_view text, const CharacterSet& set) {
  const char* kept = text.data();
  bool before = false;
  while (!text.empty()) {
    const char* start = text.data();
    const bool found = set.has(next_character(text));
    if (found && before) {
      out.append(kept, start);
      kept = text.data();
    }
    before = found;
  }
  out.append(kept, text.data());
}

// Rows of (text, set) or (text, set, by): `change` appends what becomes of one.
template <class Change>
void change_texts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output, Change change) {
  const Texts texts(input, 0), sets(input, 1), last(input, duckdb_data_chunk_get_column_count(input) - 1);
  Sets known;
  std::string out;
  const idx_t rows = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row) {
    if (!texts.has(row) || !sets.has(row) || !last.has(row)) {
      set_null(output, row);
      continue;
    }
    out.clear();
    try {
      change(out, texts.at(row), known.of(sets.at(row)), last.at(row));
    } catch (const std::invalid_argument& error) {
      return duckdb_scalar_function_set_error(info, error.what());
    }
    duckdb_vector_assign_string_element_len(output, row, out.data(), out.size());
  }
}

void replace_set(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) { change_texts(info, input, output, replace<false>); }
void replace_runs(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) { change_texts(info, input, output, replace<true>); }
void trim_set(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  change_texts(info, input, output, [](std::string& out, std::string_view text, const CharacterSet& set, std::string_view) { trim(out, text, set); });
}
void collapse_set(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  change_texts(info, input, output, [](std::string& out, std::string_view text, const CharacterSet& set, std::string_view) { collapse(out, text, set); });
}

bool capitalise(std::string& out, std::string_view text) {
  bool begins = true;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 128) return false;
    const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
    out += begins && lower ? static_cast<char>(c - 'a' + 'A') : !begins && upper ? static_cast<char>(c - 'A' + 'a') : c;
    begins = c == ' ' || (c >= '\t' && c <= '\r');
  }
  return true;
}

void capital_words(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const Texts texts(input, 0);
  std::string out;
  const idx_t rows = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row) {
    out.clear();
    if (texts.has(row) && capitalise(out, texts.at(row))) duckdb_vector_assign_string_element_len(output, row, out.data(), out.size());
    else set_null(output, row);
  }
}

// Numbers in a layout where 9 stands for a digit and all else for itself.
template <size_t N>
std::optional<std::array<int, N>> numbers_in(std::string_view text, std::string_view layout) {
  if (text.size() != layout.size()) return std::nullopt;
  std::array<int, N> numbers{};
  size_t at = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (layout[i] != '9' && text[i] == layout[i]) ++at;
    else if (layout[i] == '9' && digit) numbers[at] = numbers[at] * 10 + (text[i] - '0');
    else return std::nullopt;
  }
  return numbers;
}

// Seconds of the day that a text behind a date says, which may be none.
std::optional<int64_t> seconds_in(std::string_view text, bool short_too) {
  if (text.empty()) return 0;
  auto parts = numbers_in<4>(text, " 99:99:99");
  if (!parts && short_too) parts = numbers_in<4>(text, " 99:99");
  if (!parts) return std::nullopt;
  const auto [none, hour, minute, second] = *parts;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return hour * 3600 + minute * 60 + second;
}

std::optional<int64_t> plain_time(std::string_view text) {
  constexpr size_t kDate = 10;
  if (text.size() < kDate) return std::nullopt;
  const std::string_view front = text.substr(0, kDate);
  const bool iso = front[4] == '-';
  auto date = iso ? numbers_in<3>(front, "9999-99-99") : numbers_in<3>(front, "99/99/9999");
  if (!date) return std::nullopt;
  const auto [first, second, third] = *date;
  const int year = iso ? first : third, month = iso ? second : first, day = iso ? third : second;
  const std::chrono::year_month_day valid{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day))};
  const auto seconds = seconds_in(text.substr(kDate), !iso);
  if (!seconds || !valid.ok() || year < 1000) return std::nullopt;
  return (std::chrono::sys_days(valid).time_since_epoch().count() * int64_t{86'400} + *seconds) * 1'000'000;
}

void plain_times(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const Texts texts(input, 0);
  auto* times = static_cast<duckdb_timestamp*>(duckdb_vector_get_data(output));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row) {
    const auto time = texts.has(row) ? plain_time(texts.at(row)) : std::nullopt;
    if (time) times[row].micros = *time;
    else set_null(output, row);
  }
}

void add(duckdb_connection connection, const char* name, int texts, duckdb_type type, duckdb_scalar_function_t body) {
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR), result = duckdb_create_logical_type(type);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name);
  for (int i = 0; i < texts; ++i) duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_set_return_type(function, result);
  duckdb_scalar_function_set_function(function, body);
  const duckdb_state state = duckdb_register_scalar_function(connection, function);
  duckdb_destroy_scalar_function(&function);
  duckdb_destroy_logical_type(&text);
  duckdb_destroy_logical_type(&result);
  if (state == DuckDBError) throw RecipeError("E6008", "functions for texts can't be registered with DuckDB");
}

}  // namespace

void register_text_functions(mr::data::Session& session) {
  duckdb_connection connection = session.connection();
  add(connection, "mr_replace_set", 3, DUCKDB_TYPE_VARCHAR, replace_set);
  add(connection, "mr_replace_runs", 3, DUCKDB_TYPE_VARCHAR, replace_runs);
  add(connection, "mr_trim_set", 2, DUCKDB_TYPE_VARCHAR, trim_set);
  add(connection, "mr_collapse_set", 2, DUCKDB_TYPE_VARCHAR, collapse_set);
  add(connection, "mr_capital_words", 1, DUCKDB_TYPE_VARCHAR, capital_words);
  add(connection, "mr_plain_time", 1, DUCKDB_TYPE_TIMESTAMP, plain_times);
}

}  // namespace mr::recipe
