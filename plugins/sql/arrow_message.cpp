#include "sql/arrow_message.hpp"

#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/millrace_plugin.hpp"
#include "sql/flat.hpp"

namespace mr::sql {
namespace {

// Numbers of Schema.fbs and Message.fbs.
enum Type : uint8_t { kNull = 1, kInt, kFloat, kBinary, kUtf8, kBool, kDecimal, kDate, kTime, kTimestamp, kInterval, kList, kStruct, kUnion, kFixedBinary, kFixedList, kMap };
enum Header : uint8_t { kSchema = 1, kDictionary, kRecordBatch };
constexpr int16_t kVersion5 = 4;

int16_t unit_of(char letter) { return letter == 's' ? 0 : letter == 'm' ? 1 : letter == 'u' ? 2 : 3; }

template <class... F>
std::pair<Type, Flat::At> made(Flat& flat, Type type, F... fields) {
  size_t slot = 0;
  flat.begin();
  (flat.field(slot++, fields), ...);
  return {type, flat.end()};
}

std::pair<Type, Flat::At> timestamp(Flat& flat, std::string_view format) {
  const std::string_view zone = format.substr(4);  // tsu:UTC
  const auto name = zone.empty() ? 0 : flat.text(zone);
  flat.begin();
  flat.field(0, unit_of(format[2]));
  if (!zone.empty()) flat.reference(1, name);
  return {kTimestamp, flat.end()};
}

std::pair<Type, Flat::At> decimal(Flat& flat, std::string_view format) {
  const std::string numbers(format.substr(2));  // d:18,2 or d:18,2,128
  const size_t comma = numbers.find(',');
  return made(flat, kDecimal, std::atoi(numbers.c_str()), std::atoi(numbers.c_str() + comma + 1), int32_t{128});
}

std::pair<Type, Flat::At> type_of(Flat& flat, std::string_view format, std::string_view name) {
  constexpr std::string_view kIntegers = "cCsSiIlL";
  if (format.size() == 1) {
    if (const size_t at = kIntegers.find(format[0]); at != std::string_view::npos) return made(flat, kInt, int32_t{8} << (at / 2), static_cast<uint8_t>(at % 2 == 0));
    switch (format[0]) {
      case 'n': return made(flat, kNull);
      case 'b': return made(flat, kBool);
      case 'u': return made(flat, kUtf8);
      case 'z': return made(flat, kBinary);
      case 'f': return made(flat, kFloat, int16_t{1});
      case 'g': return made(flat, kFloat, int16_t{2});
      default: break;
    }
  }
  if (format == "+l") return made(flat, kList);
  if (format == "+s") return made(flat, kStruct);
  if (format == "+m") return made(flat, kMap, uint8_t{0});
  if (format.starts_with("+w:")) return made(flat, kFixedList, std::atoi(format.data() + 3));
  if (format == "tdD") return made(flat, kDate, int16_t{0});
  if (format == "tin") return made(flat, kInterval, int16_t{2});
  if (format.starts_with("tt")) return made(flat, kTime, unit_of(format[2]), int32_t{format[2] == 's' || format[2] == 'm' ? 32 : 64});
  if (format.starts_with("ts")) return timestamp(flat, format);
  if (format.starts_with("d:") && (format.find(',') == format.rfind(',') || format.ends_with(",128"))) return decimal(flat, format);
  throw Failure("data", "E5048", "column '" + std::string(name) + "' has a type that an Arrow stream can't hold here (Arrow's " + std::string(format) + ")", "", "leave it out, or cast it to VARCHAR");
}

int64_t width_of(std::string_view format) {
  switch (format[0]) {
    case 'c': case 'C': return 1;
    case 's': case 'S': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': case 'g': return 8;
    case 'd': return 16;
    case 't': return format == "tdD" || format.starts_with("tts") || format.starts_with("ttm") ? 4 : format == "tin" ? 16 : 8;
    default: return 0;
  }
}

Flat::At field(Flat& flat, const ArrowSchema& schema) {
  std::vector<Flat::At> children;
  for (int64_t i = 0; i < schema.n_children; ++i) children.push_back(field(flat, *schema.children[i]));
  const std::string_view called = schema.name != nullptr ? schema.name : "";
  const auto list = flat.list(children), name = flat.text(called);
  const auto [type, at] = type_of(flat, schema.format, called);
  flat.begin();
  flat.reference(0, name);
  flat.field(1, static_cast<uint8_t>((schema.flags & ARROW_FLAG_NULLABLE) != 0));
  flat.field(2, static_cast<uint8_t>(type));
  flat.reference(3, at);
  flat.reference(5, list);
  return flat.end();
}

std::string message(Flat flat, Header kind, Flat::At header, const std::string& body) {
  flat.begin();
  flat.field(0, kVersion5);
  flat.field(1, static_cast<uint8_t>(kind));
  flat.reference(2, header);
  flat.field(3, static_cast<int64_t>(body.size()));
  const auto root = flat.end();
  const std::string metadata = std::move(flat).finish(root);
  std::string out("\xFF\xFF\xFF\xFF", 4);
  const auto size = static_cast<int32_t>(metadata.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  return out + metadata + body;
}

// The buffers of all columns, one after the other, each from a multiple of 8 on.
struct Body {
  std::vector<int64_t> nodes{}, buffers{};  // length and nulls of each column; place and size of each buffer
  std::string bytes{};

  void buffer(const void* data, int64_t size) {
    buffers.push_back(static_cast<int64_t>(bytes.size()));
    buffers.push_back(size);
    if (size > 0) bytes.append(static_cast<const char*>(data), static_cast<size_t>(size));
    bytes.resize((bytes.size() + 7) / 8 * 8);
  }

  void column(const ArrowSchema& schema, const ArrowArray& array) {
    const std::string_view format = schema.format;
    const int64_t rows = array.length, bits = (rows + 7) / 8;
    nodes.push_back(rows);
    nodes.push_back(array.null_count);
    if (format != "n") buffer(array.buffers[0], array.buffers[0] != nullptr && array.null_count != 0 ? bits : 0);
    if (format == "u" || format == "z" || format == "+l" || format == "+m") buffer(array.buffers[1], (rows + 1) * 4);
    if (format == "u" || format == "z") buffer(array.buffers[2], static_cast<const int32_t*>(array.buffers[1])[rows]);
    else if (format == "b") buffer(array.buffers[1], bits);
    else if (const int64_t width = width_of(format); width > 0) buffer(array.buffers[1], rows * width);
    for (int64_t i = 0; i < array.n_children; ++i) column(*schema.children[i], *array.children[i]);
  }
};

}  // namespace

std::string schema_message(const ArrowSchema& schema) {
  Flat flat;
  std::vector<Flat::At> fields;
  for (int64_t i = 0; i < schema.n_children; ++i) fields.push_back(field(flat, *schema.children[i]));
  const auto list = flat.list(fields);
  flat.begin();
  flat.field(0, int16_t{0});  // little-endian
  flat.reference(1, list);
  const auto at = flat.end();
  return message(std::move(flat), kSchema, at, "");
}

std::string batch_message(const ArrowSchema& schema, const ArrowArray& batch) {
  Body body;
  for (int64_t i = 0; i < batch.n_children; ++i) body.column(*schema.children[i], *batch.children[i]);
  Flat flat;
  const auto nodes = flat.structs(body.nodes, 2), buffers = flat.structs(body.buffers, 2);
  flat.begin();
  flat.field(0, batch.length);
  flat.reference(1, nodes);
  flat.reference(2, buffers);
  const auto at = flat.end();
  return message(std::move(flat), kRecordBatch, at, body.bytes);
}

std::string end_of_stream() { return {"\xFF\xFF\xFF\xFF\0\0\0\0", 8}; }

}  // namespace mr::sql
