#include "ingest/xml_rows.hpp"

#include <libxml/xmlreader.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "ingest/bytes.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::ingest {
namespace {

using nlohmann::ordered_json;

constexpr size_t kLongest = size_t{16} << 20;

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return parts;
}

// A number as JSON writes it, or true, false; others stay texts. 007 is no number: its zeros would be lost.
ordered_json typed(const ordered_json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto parsed = ordered_json::parse(text, nullptr, false);
    return parsed.is_number() || parsed.is_boolean() ? parsed : value;
  }
  ordered_json all = value;
  for (auto& one : all) one = typed(one);
  return all;
}

struct XmlRow {
  std::string line{};
  int64_t number{};       // of the line on which it begins
  bool too_long = false;
};

// One file, an element after the other.
class Reader {
 public:
  Reader(const LandedFile& file, const std::string& row, std::vector<std::string> lists) : file_(file), path_(parts_of(row)), lists_(std::move(lists)), bytes_(open_bytes(file)) {
    constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOCDATA;  // never NOENT, DTDLOAD or HUGE
    reader_.reset(::xmlReaderForIO(&Reader::read, nullptr, this, nullptr, nullptr, kOptions));
    if (!reader_) throw mr::Failure("resource", "E5001", "not enough memory to read XML", file.key, "raise runs_on.memory", false);
    ::xmlTextReaderSetErrorHandler(reader_.get(), &Reader::told, this);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The next row; nothing: the file is over.
  std::optional<XmlRow> next(bool with_types) {
    while (step()) {
      if (kind() == XML_READER_TYPE_ELEMENT) {
        here_.resize(depth());
        here_.push_back(name());
        if (is_row()) return row(with_types);
      }
    }
    return std::nullopt;
  }

 private:
  static int read(void* self, char* into, int room) noexcept {
    auto& own = *static_cast<Reader*>(self);
    try {
      return static_cast<int>(own.bytes_->read(into, static_cast<size_t>(room)));
    } catch (...) {
      own.thrown_ = std::current_exception();
      return -1;
    }
  }

  static void told(void* self, const char*, xmlParserSeverities how, xmlTextReaderLocatorPtr where) {
    auto& own = *static_cast<Reader*>(self);
    if (how != XML_PARSER_SEVERITY_ERROR) return;
    if (own.wrong_line_ == 0) own.wrong_line_ = std::max(::xmlTextReaderLocatorLineNumber(where), 1);
  }

  bool step() {
    const int how = ::xmlTextReaderRead(reader_.get());
    if (thrown_) std::rethrow_exception(thrown_);
    if (how < 0 || wrong_line_ > 0) fail("the XML is not well-formed, or cut off", "let it arrive again whole; nothing of it was loaded");
    if (how > 0 && kind() == XML_READER_TYPE_DOCUMENT_TYPE) fail("the XML has a DTD, and those are refused: they can name other files and grow without end", "let it be written without <!DOCTYPE>");
    return how > 0;
  }

  [[noreturn]] void fail(const std::string& what, const std::string& hint) const {
    const int64_t line = wrong_line_ > 0 ? wrong_line_ : ::xmlTextReaderGetParserLineNumber(reader_.get());
    throw mr::Failure("data", "E5044", what + ", at line " + std::to_string(line), file_.key, hint);
  }

  int kind() const { return ::xmlTextReaderNodeType(reader_.get()); }
  size_t depth() const { return static_cast<size_t>(std::max(::xmlTextReaderDepth(reader_.get()), 0)); }
  std::string name() const { return text_of(::xmlTextReaderConstLocalName(reader_.get())); }
  static std::string text_of(const xmlChar* text) { return text == nullptr ? std::string() : reinterpret_cast<const char*>(text); }

  // The parser reads a little ahead; an element knows its own line where that fits into 16 bits.
  int64_t line() const {
    constexpr int64_t kMostKnown = 65'535;
    const int64_t own = ::xmlGetLineNo(::xmlTextReaderCurrentNode(reader_.get()));
    return own > 0 && own < kMostKnown ? own : ::xmlTextReaderGetParserLineNumber(reader_.get());
  }

  bool is_row() const { return path_.size() == 1 ? here_.back() == path_.front() : here_ == path_; }

  XmlRow row(bool with_types) {
    XmlRow found;
    found.number = line();
    size_ = 0;
    auto value = element();
    if (!value.is_object()) value = ordered_json{{"_value", value}};
    found.too_long = size_ > kLongest;
    if (found.too_long) return found;
    for (const auto& name : lists_) {
      if (const auto one = value.find(name); one != value.end() && !one->is_array() && !one->is_null()) *one = ordered_json::array({*one});
    }
    found.line = (with_types ? typed(value) : value).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    return found;
  }

  void put(ordered_json& into, const std::string& name, ordered_json value) {
    if (size_ > kLongest) return;  // it is read to its end and not kept
    if (!into.contains(name)) {
      into[name] = std::move(value);
      return;
    }
    auto& place = into[name];
    if (place.is_array()) place.push_back(std::move(value));
    else place = ordered_json::array({std::move(place), std::move(value)});
  }

  // Of the element that the reader is at, up to its end.
  ordered_json element() {
    ordered_json own = ordered_json::object();
    std::string text;
    const bool empty = ::xmlTextReaderIsEmptyElement(reader_.get()) == 1;
    const size_t depth_here = depth();
    while (::xmlTextReaderMoveToNextAttribute(reader_.get()) == 1) {
      if (::xmlTextReaderIsNamespaceDecl(reader_.get()) == 1) continue;
      const auto value = text_of(::xmlTextReaderConstValue(reader_.get()));
      size_ += value.size();
      put(own, name(), value);
    }
    ::xmlTextReaderMoveToElement(reader_.get());
    while (!empty) {
      if (!step()) fail("the XML is cut off", "let it arrive again whole; nothing of it was loaded");
      if (kind() == XML_READER_TYPE_END_ELEMENT && depth() == depth_here) break;
      if (kind() == XML_READER_TYPE_ELEMENT) {
        const auto child = name();
        size_ += child.size();
        put(own, child, element());
      } else if (kind() == XML_READER_TYPE_TEXT || kind() == XML_READER_TYPE_CDATA) {
        const auto more = text_of(::xmlTextReaderConstValue(reader_.get()));
        size_ += more.size();
        if (size_ <= kLongest) text += more;
      } else if (kind() == XML_READER_TYPE_ENTITY_REFERENCE) {
        fail("the XML names an entity that it does not define", "let it be written without entities");
      }
    }
    if (own.empty()) return text.empty() ? ordered_json() : ordered_json(std::move(text));
    if (text.find_first_not_of(" \t\r\n") != std::string::npos) put(own, "_value", std::move(text));
    return own;
  }

  struct Free {
    void operator()(xmlTextReader* reader) const { ::xmlFreeTextReader(reader); }
  };

  const LandedFile& file_;
  std::vector<std::string> path_, lists_;
  std::unique_ptr<Bytes> bytes_;
  std::vector<std::string> here_{};
  size_t size_ = 0;
  int64_t wrong_line_ = 0;
  std::exception_ptr thrown_{};
  std::unique_ptr<xmlTextReader, Free> reader_{};
};

}  // namespace

XmlRows::XmlRows(std::vector<const LandedFile*> files, const std::string& row, std::vector<std::string> lists, OddRows& odd, std::function<void(size_t)> ended)
    : files_(std::move(files)), row_(row), lists_(std::move(lists)), odd_(odd), ended_(std::move(ended)), counts_(files_.size()) {
  ::xmlInitParser();  // before there are threads
}

struct XmlRows::Worker : mr::data::RowWorker {
  explicit Worker(XmlRows& of) : source(of) {}

  size_t fill(mr::data::Batch& batch) override {
    size_t rows = 0;
    while (rows < mr::data::Batch::kRows) {
      if (!reader && !begin()) break;
      const auto found = reader->next(false);
      if (!found) {
        reader.reset();
        source.ended_(file);
        continue;
      }
      ++source.counts_[file];
      if (found->too_long) {
        source.odd_.add_broken(source.files_[file]->key, found->number, "", "ROW LONGER THAN 16 MIB");
        continue;
      }
      batch.set_text(0, rows, found->line);
      batch.set_text(1, rows, source.files_[file]->key);
      batch.values<int64_t>(2)[rows] = found->number;
      ++rows;
    }
    return rows;
  }

  bool begin() {
    file = source.fresh_.fetch_add(1);
    if (file >= source.files_.size()) return false;
    reader = std::make_unique<Reader>(*source.files_[file], source.row_, source.lists_);
    return true;
  }

  XmlRows& source;
  size_t file = 0;
  std::unique_ptr<Reader> reader{};
};

std::unique_ptr<mr::data::RowWorker> XmlRows::worker() { return std::make_unique<Worker>(*this); }

std::string xml_sample(const LandedFile& file, const std::string& row, int64_t most_rows, size_t most_bytes) {
  ::xmlInitParser();
  Reader reader(file, row, {});
  std::string text;
  for (int64_t i = 0; i < most_rows && text.size() < most_bytes; ++i) {
    const auto found = reader.next(true);
    if (!found) break;
    if (!found->too_long) text += found->line + "\n";
  }
  return text;
}

void require_row_path(const std::string& row) {
  const auto parts = parts_of(row);
  const bool fine = std::none_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty() || part.find_first_of(" \t\r\n<>@*[]:") != std::string::npos; });
  if (!fine) throw mr::Failure("config", "E5062", row.empty() ? "xml needs to know which elements are rows" : "`row` is neither a name nor a path of names", "with.row", "write row: orders/order");
}

}  // namespace mr::ingest
