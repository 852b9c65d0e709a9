#include "base/json.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/invariant.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

constexpr size_t kMaxDepth = 200;

// Builds our value from the reader's events.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Json take() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(number_integer_t value) override { return add(Json(int64_t{value})); }

  bool number_unsigned(number_unsigned_t value) override {
    return value <= static_cast<uint64_t>(INT64_MAX) ? add(Json(static_cast<int64_t>(value))) : add(Json(static_cast<double>(value)));
  }

  bool number_float(number_float_t value, const string_t&) override { return add(Json(value)); }
  bool string(string_t& value) override { return add(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(true); }
  bool end_object() override { return close(); }
  bool start_array(size_t) override { return open(false); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    if (!open_.back().keys.insert(value).second) return fail("key " + quote(value) + " appears twice");
    open_.back().key = std::move(value);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    return fail("unexpected text at byte " + std::to_string(position));
  }

 private:
  struct Level {
    bool is_object{};
    Json::Object members{};
    Json::Array items{};
    std::string key{};
    std::unordered_set<std::string> keys{};
  };

  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }

  bool open(bool is_object) {
    if (open_.size() >= kMaxDepth) return fail("nested deeper than " + std::to_string(kMaxDepth));
    open_.push_back({.is_object = is_object});
    return true;
  }

  bool close() {
    Level level = std::move(open_.back());
    open_.pop_back();
    return add(level.is_object ? Json(std::move(level.members)) : Json(std::move(level.items)));
  }

  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto& top = open_.back(); top.is_object) {
      top.members.emplace_back(std::move(top.key), std::move(value));
    } else {
      top.items.push_back(std::move(value));
    }
    return true;
  }

  Json root_;
  std::string problem_;
  std::vector<Level> open_;
};

void write_text_value(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[static_cast<unsigned char>(c) & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void write_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";  // JSON has no word for it
    return;
  }
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const std::string_view digits(buffer.data(), static_cast<size_t>(end - buffer.data()));
  out += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void new_line(std::string& out, int indent, int depth) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<size_t>(indent * depth), ' ');
}

void write(std::string& out, const Json& value, int indent, int depth) {
  switch (value.kind()) {
    case Json::Kind::null: out += "null"; return;
    case Json::Kind::boolean: out += value.as_bool() ? "true" : "false"; return;
    case Json::Kind::integer: out += std::to_string(value.as_int()); return;
    case Json::Kind::real: write_real(out, value.as_real()); return;
    case Json::Kind::text: write_text_value(out, value.as_text()); return;
    case Json::Kind::array: {
      out += '[';
      for (bool first = true; const auto& item : value.items()) {
        if (!std::exchange(first, false)) out += ',';
        new_line(out, indent, depth + 1);
        write(out, item, indent, depth + 1);
      }
      if (value.size() > 0) new_line(out, indent, depth);
      out += ']';
      return;
    }
    case Json::Kind::object: {
      out += '{';
      for (bool first = true; const auto& [key, member] : value.members()) {
        if (!std::exchange(first, false)) out += ',';
        new_line(out, indent, depth + 1);
        write_text_value(out, key);
        out += indent < 0 ? ":" : ": ";
        write(out, member, indent, depth + 1);
      }
      if (value.size() > 0) new_line(out, indent, depth);
      out += '}';
      return;
    }
  }
}

}  // namespace

bool Json::as_bool(bool other) const {
  const auto* value = std::get_if<bool>(&value_);
  return value != nullptr ? *value : other;
}

int64_t Json::as_int(int64_t other) const {
  if (const auto* value = std::get_if<int64_t>(&value_)) return *value;
  const auto* real = std::get_if<double>(&value_);
  return real != nullptr && std::abs(*real) < 9.2e18 ? static_cast<int64_t>(*real) : other;
}

double Json::as_real(double other) const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  const auto* integer = std::get_if<int64_t>(&value_);
  return integer != nullptr ? static_cast<double>(*integer) : other;
}

const std::string& Json::as_text() const {
  static const std::string none;
  const auto* value = std::get_if<std::string>(&value_);
  return value != nullptr ? *value : none;
}

std::string Json::as_text(std::string other) const {
  return is_text() ? as_text() : std::move(other);
}

const Json::Array& Json::items() const& {
  static const Array none;
  const auto* value = std::get_if<Array>(&value_);
  return value != nullptr ? *value : none;
}

const Json::Object& Json::members() const& {
  static const Object none;
  const auto* value = std::get_if<Object>(&value_);
  return value != nullptr ? *value : none;
}

const Json* Json::find(std::string_view key) const {
  for (const auto& member : members()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

const Json& Json::operator[](std::string_view key) const {
  static const Json none;
  const auto* found = find(key);
  return found != nullptr ? *found : none;
}

Json& Json::operator[](std::string_view key) {
  if (!is_object()) value_ = Object{};
  auto& object = std::get<Object>(value_);
  for (auto& member : object) {
    if (member.first == key) return member.second;
  }
  return object.emplace_back(std::string(key), Json()).second;
}

bool Json::erase(std::string_view key) {
  if (!is_object()) return false;
  return std::erase_if(std::get<Object>(value_), [&](const Member& member) { return member.first == key; }) > 0;
}

void Json::push(Json value) {
  if (!is_array()) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
}

size_t Json::size() const { return is_array() ? items().size() : members().size(); }

std::string Json::dump(int indent) const {
  std::string out;
  write(out, *this, indent, 0);
  return out;
}

Result<Json> Json::parse(std::string_view text) {
  Builder builder;
  bool good = is_valid_utf8(text);
  std::string problem = good ? "" : "the text is not UTF-8";
  if (good) {
    good = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
    problem = builder.problem();
  }
  if (good) return builder.take();
  return Error{.code = "E0002", .what = "not valid JSON: " + problem, .where = {}, .hint = "look for a missing quote, comma or bracket"};
}

bool operator==(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number() && a.kind() != b.kind()) return a.as_real() == b.as_real();
  if (!a.is_object() || !b.is_object()) return a.value_ == b.value_;
  return a.size() == b.size() && std::all_of(a.members().begin(), a.members().end(), [&](const Json::Member& member) {
           const auto* other = b.find(member.first);
           return other != nullptr && *other == member.second;
         });
}

std::string_view name(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::null: return "null";
    case Json::Kind::boolean: return "boolean";
    case Json::Kind::integer: return "integer";
    case Json::Kind::real: return "number";
    case Json::Kind::text: return "string";
    case Json::Kind::array: return "array";
    case Json::Kind::object: return "object";
  }
  broken_invariant("a JSON kind outside its list", __FILE__, __LINE__);
}

}  // namespace millrace
