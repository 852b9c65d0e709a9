#include "ingest/limits.hpp"

#include <algorithm>
#include <charconv>

namespace mr::ingest {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what, const std::string& where, const std::string& hint) { throw mr::Failure("config", "E5062", what, where, hint); }

char one_character(const std::string& text, const std::string& name) {
  const bool plain = text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80 && text[0] != '\n' && text[0] != '\r' && text[0] != '\0';
  if (!plain) refuse("`" + name + "` is not one ASCII character", "with." + name, "write one, such as ;");
  return text[0];
}

std::vector<int64_t> widths_of(const json& widths) {
  std::vector<int64_t> list;
  for (const auto& one : widths.is_array() ? widths : json::array()) {
    if (!one.is_number_integer() || one.get<int64_t>() < 1) refuse("a width is not a whole number above 0", "with.widths", "write widths: [8, 30, 10]");
    list.push_back(one.get<int64_t>());
  }
  if (list.empty()) refuse("fixed_width needs the widths of its columns", "with.widths", "write widths: [8, 30, 10]");
  return list;
}

// Of rejected rows as a share of one; nothing: it is no share.
std::optional<double> share_of(const json& limit) {
  if (!limit.is_string()) return std::nullopt;
  const auto& text = limit.get_ref<const std::string&>();
  double percent = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool all = read.ec == std::errc() && std::string_view(read.ptr, static_cast<size_t>(text.data() + text.size() - read.ptr)) == "%";
  return all && percent >= 0 && percent <= 100 ? std::optional(percent / 100) : std::nullopt;
}

}  // namespace

TableOptions table_options(const Files::Config& c) {
  TableOptions options;
  auto& layout = options.layout;
  const bool table = c.format == "csv" || c.format == "tsv";
  layout.format = c.format;
  layout.header = table ? c.header : c.format == "w3c_log";
  layout.skip = c.skip;
  options.delimiter_known = c.format != "csv" || !c.delimiter.empty();
  if (c.format == "tsv") layout.delimiter = '\t';
  if (!c.delimiter.empty()) layout.delimiter = one_character(c.delimiter, "delimiter");
  layout.quote = c.quote.empty() ? '\0' : one_character(c.quote, "quote");
  layout.escape = c.quote.empty() ? '\0' : c.escape.empty() ? layout.quote : one_character(c.escape, "escape");
  if (layout.quote == layout.delimiter || layout.escape == layout.delimiter) refuse("`delimiter` is the quote or the escape, too", "with.delimiter", "let each be a character of its own");
  if (c.format == "fixed_width") layout.widths = widths_of(c.widths);
  if (!layout.widths.empty() && !c.columns.empty() && c.columns.size() != layout.widths.size()) {
    refuse("`columns` names " + std::to_string(c.columns.size()) + " columns, and `widths` has " + std::to_string(layout.widths.size()), "with.columns", "name each of them, in order");
  }
  options.encoding = c.encoding;
  options.names = c.columns;
  options.formats = c.formats;
  options.evolve = c.evolve;
  return options;
}

void require_limit(const json& limit) {
  const bool count = limit.is_number_integer() && limit.get<int64_t>() >= 0;
  if (limit.is_null() || count || share_of(limit)) return;
  throw mr::Failure("config", "E5063", "`reject_limit` is neither a number of rows nor a share of them", "with.reject_limit", "write reject_limit: 100, or reject_limit: \"2%\"");
}

void require_few_rejects(const json& limit, const ReadCounts& all) {
  if (limit.is_null()) return;
  const auto share = share_of(limit);
  const bool few = share ? static_cast<double>(all.rejected) <= *share * static_cast<double>(all.read) : all.rejected <= limit.get<int64_t>();
  if (few) return;
  throw mr::Failure("data", "E5037", std::to_string(all.rejected) + " of " + std::to_string(all.read) + " rows were rejected, and the limit is " + (share ? limit.get<std::string>() : limit.dump()), "with.reject_limit",
                    "mend the source, or raise the limit; nothing was published");
}

}  // namespace mr::ingest
