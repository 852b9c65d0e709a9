#include "engine/item_file.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace millrace {
namespace {

constexpr int64_t kStartWidth = 13;         // twelve digits and a line break
constexpr int64_t kMostBytes = 256 * 1024;  // of one item
constexpr std::string_view kFolder = "items/";

std::string read_piece(const std::string& path, int64_t from, int64_t bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string piece(static_cast<size_t>(bytes), ' ');
  file.seekg(from);
  file.read(piece.data(), bytes);
  return file ? piece : std::string();
}

int64_t number_in(std::string_view digits) {
  int64_t value = -1;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failed == std::errc() && end == digits.data() + digits.size() ? value : -1;
}

}  // namespace

bool is_item_file(const std::string& name) {
  if (!name.starts_with(kFolder) || name.size() != kFolder.size() + 36) return false;
  return std::all_of(name.begin() + kFolder.size(), name.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
}

Result<Json> read_item(const std::string& data_root, const std::string& name, int64_t number) {
  const Error gone{.code = "E2024", .what = "item " + std::to_string(number) + " can't be read", .where = name, .hint = "clear the task that read the rows: it reads them again"};
  if (!is_item_file(name) || number < 0) return gone;
  const std::string path = data_root + "/" + name;
  const std::string bounds = read_piece(path + ".idx", number * kStartWidth, 2 * kStartWidth);
  if (bounds.empty()) return gone;
  const int64_t from = number_in(std::string_view(bounds).substr(0, 12)), end = number_in(std::string_view(bounds).substr(13, 12));
  if (from < 0 || end <= from || end - from > kMostBytes + 1) return gone;
  auto item = Json::parse(read_piece(path + ".jsonl", from, end - from));
  return item ? std::move(item) : Result<Json>(gone);
}

}  // namespace millrace
