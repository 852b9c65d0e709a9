#include "data/items.hpp"

#include <fcntl.h>

#include <cstdio>

#include "data/files.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::data {
namespace {

mr::Failure full_disk(const std::string& name) { return {"resource", "E5002", "can't write the items " + name, "", "make room; nothing of this attempt was kept", false}; }

}  // namespace

ItemWriter::ItemWriter(const std::string& data_root) : folder_(std::filesystem::path(data_root) / "items"), name_(uuid()) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  lines_.open(at(".jsonl"), std::ios::binary);
  starts_.open(at(".idx"), std::ios::binary);
  if (failed || !lines_ || !starts_) throw full_disk(name_);
}

ItemWriter::~ItemWriter() {
  std::error_code ignored;
  if (kept_) return;
  std::filesystem::remove(at(".jsonl"), ignored);
  std::filesystem::remove(at(".idx"), ignored);
}

std::filesystem::path ItemWriter::at(const char* ending) const { return folder_ / (name_ + ending); }

void ItemWriter::note_start() {
  char text[16];
  starts_.write(text, std::snprintf(text, sizeof text, "%012lld\n", static_cast<long long>(bytes_)));
}

void ItemWriter::add(std::string_view json) {
  note_start();
  lines_.write(json.data(), static_cast<std::streamsize>(json.size()));
  lines_.put('\n');
  bytes_ += static_cast<int64_t>(json.size()) + 1;
  ++count_;
}

std::string ItemWriter::keep() {
  note_start();
  lines_.close();
  starts_.close();
  if (!lines_ || !starts_) throw full_disk(name_);
  for (const char* ending : {".jsonl", ".idx"}) sync(at(ending), O_RDONLY);
  sync(folder_, O_RDONLY | O_DIRECTORY);
  kept_ = true;
  return "items/" + name_;
}

}  // namespace mr::data
