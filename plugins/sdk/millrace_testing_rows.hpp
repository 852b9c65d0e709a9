// millrace_testing_rows.hpp - a dataset's rows from a list, as the Arrow stream that an operator under test reads (millrace_rows.h).
//
// What FakeHost::rows is made of. One stream is used by one thread. Types: BOOLEAN, TINYINT to BIGINT, DOUBLE, VARCHAR, DATE
// ("2026-11-01"), TIMESTAMP ("2026-11-01 08:16:00.5", UTC), DECIMAL(18,2) ("12.30"); others throw std::invalid_argument when the list is made.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>

#include "millrace_rows.hpp"

namespace mr::testing {

// A dataset of a test: {{"id", "BIGINT"}, {"note", "VARCHAR"}} and rows such as [[1, "Zoë"], [2, null]].
struct RowList {
  std::vector<std::pair<std::string, std::string>> columns{};
  Json rows = Json::array();
};

namespace columnar {

inline std::string format_of(const std::string& type) {
  constexpr std::pair<const char*, const char*> kTypes[]{{"BOOLEAN", "b"}, {"TINYINT", "c"}, {"SMALLINT", "s"}, {"INTEGER", "i"}, {"BIGINT", "l"}, {"DOUBLE", "g"}, {"VARCHAR", "u"}, {"DATE", "tdD"}, {"TIMESTAMP", "tsu:"}};
  for (const auto& [name, format] : kTypes) {
    if (type == name) return format;
  }
  int precision = 0, scale = 0;
  if (std::sscanf(type.c_str(), "DECIMAL(%d,%d)", &precision, &scale) == 2) return "d:" + std::to_string(precision) + "," + std::to_string(scale);
  throw std::invalid_argument("a list of rows can't hold the type " + type);
}

inline int64_t days(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(text.c_str(), "%d-%u-%u", &year, &month, &day) != 3) throw std::invalid_argument(text + " is no date");
  return Date(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)).time_since_epoch().count();
}

inline int64_t microseconds(const std::string& text) {
  int hour = 0, minute = 0;
  double second = 0;
  if (text.size() < 16 || std::sscanf(text.c_str() + 11, "%d:%d:%lf", &hour, &minute, &second) < 2) throw std::invalid_argument(text + " is no timestamp");
  return ((days(text) * 24 + hour) * 60 + minute) * 60000000 + static_cast<int64_t>(second * 1e6 + 0.5);
}

// "12.3" with a scale of 2 is 1230.
inline int64_t units(std::string text, const std::string& format) {
  const auto scale = static_cast<size_t>(std::atoi(format.c_str() + format.find(',') + 1));
  const auto dot = text.find('.');
  const size_t places = dot == std::string::npos ? 0 : text.size() - dot - 1;
  if (places > scale) throw std::invalid_argument(text + " has more decimal places than its type");
  if (dot != std::string::npos) text.erase(dot, 1);
  return std::stoll(text + std::string(scale - places, '0'));
}

// One array, or a struct of them, with the memory that it points to.
struct Made {
  std::vector<uint8_t> validity{}, data{};
  std::vector<int32_t> offsets{};
  std::vector<const void*> buffers{};
  std::vector<std::unique_ptr<ArrowArray>> children{};
  std::vector<ArrowArray*> pointers{};

  void set(std::vector<uint8_t>& bits, size_t at) { bits[at / 8] = static_cast<uint8_t>(bits[at / 8] | (1U << (at % 8))); }
  void put(int64_t value, size_t width) { data.insert(data.end(), reinterpret_cast<const uint8_t*>(&value), reinterpret_cast<const uint8_t*>(&value) + width); }

  void put(const Json& value, const std::string& format, size_t row) {
    const bool null = value.is_null();
    if (!null) set(validity, row);
    if (format == "b") {
      if (!null && value.get<bool>()) set(data, row);
    } else if (format == "g") {
      const double real = null ? 0 : value.get<double>();
      int64_t bits = 0;
      std::memcpy(&bits, &real, sizeof bits);
      put(bits, 8);
    } else if (format == "u") {
      const auto text = null ? std::string() : value.get<std::string>();
      data.insert(data.end(), text.begin(), text.end());
      offsets.push_back(static_cast<int32_t>(data.size()));
    } else if (format[0] == 'd') {
      const auto number = null ? 0 : units(value.get<std::string>(), format);
      put(number, 8);
      put(number < 0 ? -1 : 0, 8);
    } else if (format == "tdD") {
      put(null ? 0 : days(value.get<std::string>()), 4);
    } else if (format == "tsu:") {
      put(null ? 0 : microseconds(value.get<std::string>()), 8);
    } else {
      put(null ? 0 : value.get<int64_t>(), format == "c" ? 1 : format == "s" ? 2 : format == "i" ? 4 : 8);
    }
  }
};

inline void release(ArrowArray* array) {
  const std::unique_ptr<Made> made(static_cast<Made*>(array->private_data));
  for (auto* child : made->pointers) {
    if (child->release != nullptr) child->release(child);
  }
  array->release = nullptr;
}

inline void give(std::unique_ptr<Made> made, int64_t length, ArrowArray* out) {
  for (const auto& child : made->children) made->pointers.push_back(child.get());
  *out = {length, made->buffers.size() > 1 ? -1 : 0, 0, static_cast<int64_t>(made->buffers.size()), static_cast<int64_t>(made->pointers.size()), made->buffers.data(), made->pointers.data(), nullptr, &release, nullptr};
  out->private_data = made.release();
}

inline void column(const Json& rows, size_t first, size_t count, size_t index, const std::string& format, ArrowArray* out) {
  auto made = std::make_unique<Made>();
  made->validity.resize(count / 8 + 1);
  if (format == "b") made->data.resize(count / 8 + 1);
  if (format == "u") made->offsets.push_back(0);
  for (size_t row = 0; row < count; ++row) made->put(rows.at(first + row).at(index), format, row);
  made->buffers = {made->validity.data()};
  if (format == "u") made->buffers.push_back(made->offsets.data());
  made->buffers.push_back(made->data.data());
  give(std::move(made), static_cast<int64_t>(count), out);
}

// A schema with the texts that it points to.
struct MadeSchema {
  std::string format{}, name{};
  std::vector<ArrowSchema> children{};
  std::vector<ArrowSchema*> pointers{};
};

inline void release(ArrowSchema* schema) {
  const std::unique_ptr<MadeSchema> made(static_cast<MadeSchema*>(schema->private_data));
  for (auto* child : made->pointers) {
    if (child->release != nullptr) child->release(child);
  }
  schema->release = nullptr;
}

inline void give(std::unique_ptr<MadeSchema> made, ArrowSchema* out) {
  for (auto& child : made->children) made->pointers.push_back(&child);
  *out = {made->format.c_str(), made->name.c_str(), nullptr, ARROW_FLAG_NULLABLE, static_cast<int64_t>(made->pointers.size()), made->pointers.data(), nullptr, &release, nullptr};
  out->private_data = made.release();
}

}  // namespace columnar

// The stream of one list. With a problem it gives nothing else, as the real one.
class ListStream {
 public:
  std::vector<size_t> columns{};  // which of the list's
  size_t batch_rows = 16384;
  int reason = 0;
  std::string problem{};

  ListStream(RowList list, std::function<bool()> cancelled) : list_(std::move(list)), cancelled_(std::move(cancelled)) {
    for (const auto& column : list_.columns) formats_.push_back(columnar::format_of(column.second));
  }

  void refuse(int why, std::string what) {
    reason = why;
    problem = std::move(what);
  }

  void choose(const Json& options) {
    for (size_t i = 0; i < list_.columns.size() && !options.contains("columns"); ++i) columns.push_back(i);
    for (const auto& name : options.value("columns", Json::array())) {
      const auto at = std::find_if(list_.columns.begin(), list_.columns.end(), [&](const auto& column) { return column.first == name; });
      if (at == list_.columns.end()) return refuse(EINVAL, "E5004 there is no column " + name.dump());
      columns.push_back(static_cast<size_t>(at - list_.columns.begin()));
    }
    batch_rows = options.value("batch_rows", batch_rows);
  }

  static void give(std::unique_ptr<ListStream> stream, ArrowArrayStream* out) {
    *out = {[](ArrowArrayStream* self, ArrowSchema* schema) { return of(self).schema(schema); }, [](ArrowArrayStream* self, ArrowArray* array) { return of(self).next(array); },
            [](ArrowArrayStream* self) { return of(self).reason != 0 ? of(self).problem.c_str() : nullptr; },
            [](ArrowArrayStream* self) {
              delete &of(self);
              self->release = nullptr;
            },
            nullptr};
    out->private_data = stream.release();
  }

 private:
  static ListStream& of(ArrowArrayStream* stream) { return *static_cast<ListStream*>(stream->private_data); }

  int schema(ArrowSchema* out) const {
    if (reason != 0) return reason;
    auto made = std::make_unique<columnar::MadeSchema>();
    made->format = "+s";
    made->children.resize(columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      auto child = std::make_unique<columnar::MadeSchema>();
      child->format = formats_[columns[i]];
      child->name = list_.columns[columns[i]].first;
      columnar::give(std::move(child), &made->children[i]);
    }
    columnar::give(std::move(made), out);
    return 0;
  }

  int next(ArrowArray* out) {
    *out = {};
    if (reason == 0 && cancelled_()) refuse(ECANCELED, "the attempt is to stop");
    if (reason != 0) return reason;
    const size_t count = std::min(batch_rows, list_.rows.size() - at_);
    if (count == 0) return 0;
    auto made = std::make_unique<columnar::Made>();
    made->buffers = {nullptr};
    for (const size_t index : columns) {
      made->children.push_back(std::make_unique<ArrowArray>());
      try {
        columnar::column(list_.rows, at_, count, index, formats_[index], made->children.back().get());
      } catch (const std::exception& wrong) {
        for (size_t i = 0; i + 1 < made->children.size(); ++i) made->children[i]->release(made->children[i].get());
        refuse(EBADMSG, std::string("E5005 ") + wrong.what());
        return reason;
      }
    }
    columnar::give(std::move(made), static_cast<int64_t>(count), out);
    at_ += count;
    return 0;
  }

  RowList list_;
  std::function<bool()> cancelled_;
  std::vector<std::string> formats_{};
  size_t at_ = 0;
};

}  // namespace mr::testing
