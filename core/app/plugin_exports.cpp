#include "app/plugin_exports.hpp"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/text.hpp"

namespace millrace {
namespace {

// A copy of what lies at `at`, for the file may be cut short and is not aligned.
template <class T>
std::optional<T> read_at(const std::string& file, size_t at) {
  T value{};
  if (at > file.size() || file.size() - at < sizeof value) return std::nullopt;
  std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}

std::string name_at(const std::string& file, const ElfW(Shdr) & names, size_t at) {
  const size_t from = names.sh_offset + at;
  if (from >= file.size()) return {};
  return file.substr(from, file.find('\0', from) - from);
}

bool is_exported(const ElfW(Sym) & symbol) {
  const unsigned binding = ELF64_ST_BIND(symbol.st_info), visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

Result<std::vector<std::string>> exported_symbols(const std::string& library) {
  const auto file = read_text(library);
  if (!file) return file.error();
  const auto head = read_at<ElfW(Ehdr)>(*file, 0);
  const unsigned char kind = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != kind) {
    return Error{.code = "E4003", .what = "not a shared library of this machine's kind", .where = library, .hint = "check the path"};
  }
  std::vector<std::string> found;
  for (size_t i = 0; i < head->e_shnum; ++i) {
    const auto section = read_at<ElfW(Shdr)>(*file, head->e_shoff + i * sizeof(ElfW(Shdr)));
    if (!section || section->sh_type != SHT_DYNSYM) continue;
    const auto names = read_at<ElfW(Shdr)>(*file, head->e_shoff + section->sh_link * sizeof(ElfW(Shdr)));
    for (size_t at = 0; names && at + sizeof(ElfW(Sym)) <= section->sh_size; at += sizeof(ElfW(Sym))) {
      const auto symbol = read_at<ElfW(Sym)>(*file, section->sh_offset + at);
      if (!symbol) break;
      if (is_exported(*symbol)) found.push_back(name_at(*file, *names, symbol->st_name));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace millrace
