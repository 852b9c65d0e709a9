#include "ingest/cells.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace mr::ingest {
namespace {

using mr::data::Batch;
using mr::data::Kind;
using mr::data::TypeOf;

__extension__ typedef __int128 Sixteen;  // bytes
constexpr size_t kMostDigits = 18;  // below the greatest int64

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// -17, 17.0: digits with a sign and an end of zeros. What has a fraction would be rounded.
std::optional<int64_t> whole_number(std::string_view text) {
  const bool minus = text[0] == '-';
  size_t at = minus ? 1 : 0;
  int64_t value = 0;
  const size_t first = at;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (at - first == kMostDigits) return std::nullopt;
    value = value * 10 + (text[at] - '0');
  }
  if (at == first) return std::nullopt;
  if (at + 1 < text.size() && text[at] == '.') {
    for (++at; at < text.size() && text[at] == '0';) ++at;
  }
  return at == text.size() ? std::optional(minus ? -value : value) : std::nullopt;
}

template <class T>
bool put_number(Batch& batch, size_t column, size_t row, std::string_view text) {
  const auto value = whole_number(text);
  if (!value || *value < static_cast<int64_t>(std::numeric_limits<T>::min()) || (sizeof(T) < 8 && *value > static_cast<int64_t>(std::numeric_limits<T>::max()))) return false;
  batch.values<T>(column)[row] = static_cast<T>(*value);
  return true;
}

// 12.5 as 1250 where two digits stand after the point. More digits than the type has would be rounded.
std::optional<int64_t> scaled(std::string_view text, TypeOf type) {
  const bool minus = text[0] == '-';
  size_t at = minus ? 1 : 0, digits = 0;
  int64_t value = 0;
  int after = -1;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && after < 0 && digits > 0) {
      after = 0;
      continue;
    }
    if (!is_digit(text[at]) || after == type.scale || digits == kMostDigits) return std::nullopt;
    value = value * 10 + (text[at] - '0');
    ++digits;
    if (after >= 0) ++after;
  }
  if (digits == 0 || after == 0) return std::nullopt;
  for (int i = after < 0 ? 0 : after; i < type.scale; ++i, ++digits) {
    if (digits >= kMostDigits) return std::nullopt;
    value *= 10;
  }
  int64_t limit = 1;
  for (int i = 0; i < type.width && i < static_cast<int>(kMostDigits); ++i) limit *= 10;
  if (value >= limit) return std::nullopt;
  return minus ? -value : value;
}

bool put_decimal(Batch& batch, size_t column, size_t row, std::string_view text, TypeOf type) {
  const auto value = scaled(text, type);
  if (!value) return false;
  if (type.width <= 4) batch.values<int16_t>(column)[row] = static_cast<int16_t>(*value);
  else if (type.width <= 9) batch.values<int32_t>(column)[row] = static_cast<int32_t>(*value);
  else if (type.width <= 18) batch.values<int64_t>(column)[row] = *value;
  else batch.values<Sixteen>(column)[row] = *value;
  return true;
}

template <class T>
bool put_real(Batch& batch, size_t column, size_t row, std::string_view text) {
  if (text.find_first_not_of("0123456789.-eE+") != std::string_view::npos) return false;
  T value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return false;
  batch.values<T>(column)[row] = value;
  return true;
}

std::optional<int> digits_at(std::string_view text, size_t at, size_t count) {
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// 2026-11-21 in days since 1970.
std::optional<int32_t> day_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits_at(text, 0, 4), month = digits_at(text, 5, 2), day = digits_at(text, 8, 2);
  if (!year || !month || !day || *year == 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)), std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

// 10:00:00.5 in microseconds since midnight.
std::optional<int64_t> time_of(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = digits_at(text, 0, 2), minute = digits_at(text, 3, 2), second = digits_at(text, 6, 2);
  int64_t micros = 0;
  if (text.size() > 8) {
    if (text[8] != '.' || text.size() == 9 || text.size() > 15) return std::nullopt;
    const auto fraction = digits_at(text, 9, text.size() - 9);
    if (!fraction) return std::nullopt;
    micros = *fraction;
    for (size_t i = text.size(); i < 15; ++i) micros *= 10;
  }
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return ((*hour * int64_t{60} + *minute) * 60 + *second) * 1'000'000 + micros;
}

bool put_timestamp(Batch& batch, size_t column, size_t row, std::string_view text) {
  const auto day = day_of(text.substr(0, 10));
  if (!day) return false;
  int64_t micros = 0;
  if (text.size() > 10) {
    const auto time = text[10] == ' ' || text[10] == 'T' ? time_of(text.substr(11)) : std::nullopt;
    if (!time) return false;
    micros = *time;
  }
  batch.values<int64_t>(column)[row] = *day * int64_t{86'400'000'000} + micros;
  return true;
}

template <class T>
bool put_if(Batch& batch, size_t column, size_t row, std::optional<T> value) {
  if (value) batch.values<T>(column)[row] = *value;
  return value.has_value();
}

bool put_boolean(Batch& batch, size_t column, size_t row, std::string_view text) {
  if (text != "true" && text != "false") return false;
  batch.values<bool>(column)[row] = text == "true";
  return true;
}

}  // namespace

CellWriter::CellWriter(const std::vector<mr::data::ColumnInfo>& columns) {
  for (const auto& column : columns) types_.push_back(mr::data::kind_of(column.type));
}

bool CellWriter::put(Batch& batch, size_t column, size_t row, std::string_view text) const {
  if (text.empty()) {
    batch.set_null(column, row);
    return true;
  }
  switch (types_[column].kind) {
    case Kind::other: return false;
    case Kind::text: batch.set_text(column, row, text); return true;
    case Kind::boolean: return put_boolean(batch, column, row, text);
    case Kind::i8: return put_number<int8_t>(batch, column, row, text);
    case Kind::i16: return put_number<int16_t>(batch, column, row, text);
    case Kind::i32: return put_number<int32_t>(batch, column, row, text);
    case Kind::i64: return put_number<int64_t>(batch, column, row, text);
    case Kind::u8: return put_number<uint8_t>(batch, column, row, text);
    case Kind::u16: return put_number<uint16_t>(batch, column, row, text);
    case Kind::u32: return put_number<uint32_t>(batch, column, row, text);
    case Kind::u64: return put_number<uint64_t>(batch, column, row, text);
    case Kind::f32: return put_real<float>(batch, column, row, text);
    case Kind::f64: return put_real<double>(batch, column, row, text);
    case Kind::decimal: return put_decimal(batch, column, row, text, types_[column]);
    case Kind::date: return put_if(batch, column, row, day_of(text));
    case Kind::time: return put_if(batch, column, row, time_of(text));
    case Kind::timestamp: return put_timestamp(batch, column, row, text);
  }
  return false;
}

}  // namespace mr::ingest
