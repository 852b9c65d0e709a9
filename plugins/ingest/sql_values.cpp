#include "ingest/sql_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/process.hpp"

namespace mr::ingest {
namespace {

using database::Bytes;
using mr::data::Appender;
using mr::data::CellKind;

constexpr std::array<std::string_view, 7> kIntegers{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"};

mr::Failure misfit(const SourceColumn& column, const std::string& what) {
  return {"data", "E5075", "a value of column " + column.name + " " + what + ", and the column is read as " + column.type, column.name, "give the column another type by `schema`, such as VARCHAR, or cast it in a `query`"};
}

bool is_list(const std::string& type) { return type.ends_with("[]"); }

// PostgreSQL's text of a list, {a,"b c",NULL}, as JSON: strings and null; DuckDB makes the items of it what they are.
class ListText {
 public:
  ListText(const std::string& text, const SourceColumn& column) : text_(text), column_(column) {}

  std::string json() {
    if (text_.starts_with('[')) at_ = std::min(text_.find('=') + 1, text_.size());  // [2:4]={…}: where it begins to count
    const auto list = read_list();
    return list.dump();
  }

 private:
  Json read_list() {
    if (at_ >= text_.size() || text_[at_] != '{') throw misfit(column_, "is no list of values");
    Json list = Json::array();
    for (++at_; at_ < text_.size() && text_[at_] != '}';) {
      list.push_back(read_item());
      if (at_ < text_.size() && text_[at_] == ',') ++at_;
    }
    ++at_;
    return list;
  }

  Json read_item() {
    if (text_[at_] == '{') throw misfit(column_, "is a list of lists");
    const bool quoted = text_[at_] == '"';
    if (quoted) ++at_;
    std::string item;
    for (; at_ < text_.size() && (quoted ? text_[at_] != '"' : text_[at_] != ',' && text_[at_] != '}'); ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      item += text_[at_];
    }
    if (quoted) ++at_;
    if (!quoted && item == "NULL") return nullptr;
    return item;
  }

  const std::string& text_;
  const SourceColumn& column_;
  size_t at_ = 0;
};

// Digits behind the point that the type would round away.
void check_decimal(const std::string& text, const SourceColumn& column) {
  const auto point = text.find('.');
  if (point == std::string::npos || !column.type.starts_with("DECIMAL")) return;
  const auto comma = column.type.find(',');
  const auto scale = comma == std::string::npos ? 0 : std::stoul(column.type.substr(comma + 1));
  const auto last = text.find_last_not_of('0');
  if (last > point && last - point > scale) throw misfit(column, "has more digits than that");
}

void put_text(Appender& appender, size_t at, const std::string& text, const SourceColumn& column) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!plain && process::valid(text) != text) throw misfit(column, "is text that is not UTF-8");
  if (is_list(column.type)) return appender.text(at, ListText(text, column).json());
  check_decimal(text, column);
  // PostgreSQL's "44-03-15 BC" is DuckDB's "44-03-15 (BC)".
  if (is_moment(column.type) && text.ends_with(" BC")) return appender.text(at, text.substr(0, text.size() - 2) + "(BC)");
  appender.text(at, text);
}

struct Putter {
  Appender& appender;
  size_t at;
  const SourceColumn& column;
  CellKind kind;

  void operator()(std::monostate) const { appender.null(at); }
  void operator()(bool flag) const {
    if (kind == CellKind::boolean) return appender.boolean(at, flag);
    if (kind == CellKind::integer) return appender.integer(at, flag ? 1 : 0);
    if (kind == CellKind::text) return appender.text(at, flag ? "true" : "false");
    throw misfit(column, "is true or false");
  }
  void operator()(int64_t number) const {
    if (kind == CellKind::integer) return appender.integer(at, number);
    if (kind == CellKind::real && std::abs(number) <= int64_t{1} << 53) return appender.real(at, static_cast<double>(number));
    if (kind == CellKind::boolean && (number == 0 || number == 1)) return appender.boolean(at, number == 1);
    if (kind == CellKind::text) return appender.text(at, std::to_string(number));
    throw misfit(column, "is a whole number");
  }
  void operator()(double number) const {
    if (kind == CellKind::real) return appender.real(at, number);
    if (kind == CellKind::text) return put_text(appender, at, text_of(number), column);
    throw misfit(column, "is a number with a fraction");
  }
  // Some drivers give numbers and flags as text: taken when nothing is lost.
  void operator()(const std::string& text) const {
    const auto whole = [&](auto& number) {
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
      return failed == std::errc() && end == text.data() + text.size();
    };
    int64_t integer = 0;
    double real = 0;
    if (kind == CellKind::integer && whole(integer)) return appender.integer(at, integer);
    if (kind == CellKind::real && whole(real)) return appender.real(at, real);
    if (kind == CellKind::boolean && (text == "1" || text == "t" || text == "true")) return appender.boolean(at, true);
    if (kind == CellKind::boolean && (text == "0" || text == "f" || text == "false")) return appender.boolean(at, false);
    if (kind == CellKind::text) return put_text(appender, at, text, column);
    if (kind == CellKind::bytes) return appender.text(at, text);
    throw misfit(column, "is text");
  }
  void operator()(const Bytes& bytes) const {
    if (kind == CellKind::bytes) return appender.text(at, bytes.data);
    throw misfit(column, "is bytes");
  }
};

}  // namespace

bool is_integer(const std::string& type) { return std::find(kIntegers.begin(), kIntegers.end(), type) != kIntegers.end(); }

bool is_moment(const std::string& type) { return type == "DATE" || type == "TIMESTAMP" || type == "TIMESTAMP WITH TIME ZONE" || type == "TIMESTAMPTZ"; }

CellKind kind_of(const SourceColumn& column) {
  if (column.type == "BOOLEAN") return CellKind::boolean;
  if (is_integer(column.type)) return CellKind::integer;
  if (column.type == "FLOAT" || column.type == "DOUBLE") return CellKind::real;
  return column.type == "BLOB" ? CellKind::bytes : CellKind::text;
}

void put(Appender& appender, size_t at, const database::Value& value, const SourceColumn& column) { std::visit(Putter{appender, at, column, appender.kind(at)}, value); }

std::string typed(const SourceColumn& column) {
  const auto name = mr::data::ident(column.name);
  if (column.type == mr::data::type_of(kind_of(column))) return name;
  return "CAST(" + (is_list(column.type) ? "CAST(" + name + " AS JSON)" : name) + " AS " + column.type + ") AS " + name;
}

std::string text_of(const database::Value& value) {
  struct Text {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(bool flag) const { return flag ? "1" : "0"; }
    std::string operator()(int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return Json(number).dump(); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const Bytes& bytes) const { return bytes.data; }
  };
  return std::visit(Text{}, value);
}

database::Value bound(const std::string& text, const std::string& type) {
  if (is_integer(type)) {
    int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed == std::errc() && end == text.data() + text.size()) return number;
  }
  if (type == "FLOAT" || type == "DOUBLE") return std::strtod(text.c_str(), nullptr);
  return text;
}

}  // namespace mr::ingest
