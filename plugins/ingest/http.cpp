#include "ingest/http.hpp"

#include <algorithm>

#include "common/draft.hpp"
#include "data/publish.hpp"
#include "data/session.hpp"
#include "http/pages.hpp"
#include "ingest/loaded.hpp"
#include "ingest/web.hpp"

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

constexpr size_t kMostPage = size_t{16} << 20;

http::Paging paging_of(const Http::Config& c) {
  return {.items = c.items, .next = c.next, .cursor = c.cursor, .cursor_parameter = c.cursor_parameter, .page_parameter = c.page_parameter, .first_page = c.first_page, .most_pages = c.most_pages};
}

void check(const Http::Config& c) {
  http::check(paging_of(c));
  const auto wrong = [](const std::string& what, const std::string& field) { return mr::Failure("config", "E5078", what, "with." + field, "see the operator's page"); };
  if (c.key.empty() && !(c.key_parameter.empty() && c.primary_key.empty())) throw wrong("`key_parameter` and `primary_key` go with `key`", "key");
  if (!c.key.empty() && c.mode == "replace") throw wrong("what is new does not take the place of what is there", "mode");
}

class Loading {
 public:
  Loading(const Http::Config& c, mr::Attempt& attempt)
      : c_(c), attempt_(attempt), facts_{attempt.facts()}, output_(output_of(facts_, c.into)), seen_(position_of(facts_, source_, c.key)), path_(attempt.work_folder() + "/items.ndjson") {}

  void run() {
    const auto read = fetch();
    attempt_.output("pages", read.pages);
    if (read.items == 0 && (c_.mode == "append" || output_.at("columns").empty())) return nothing();
    auto session = mr::data::open_session(facts_);
    const mr::data::Watch watch(session, attempt_);
    mr::data::confine(session, facts_, {path_});
    session.run("CREATE TEMP TABLE _all AS SELECT * FROM " + items(session));
    mr::data::PublishOptions publish;
    publish.into = c_.into;
    publish.mode = c_.mode;
    publish.is_table = true;
    publish.positions = c_.key.empty() ? json::array() : move_position(session);
    session.run("CREATE TEMP TABLE _rows AS SELECT * FROM _all" + wanted());
    attempt_.output("rows_known", session.query("SELECT (SELECT count(*) FROM _all) - (SELECT count(*) FROM _rows)").integer(0, 0));
    mr::data::publish(session, facts_, attempt_, "_rows", publish);
    if (!c_.key.empty()) attempt_.output("position", position_);
  }

 private:
  http::Read fetch() {
    const auto access = web_access(c_.url, c_.access, attempt_);
    http::Request request{.url = c_.url, .headers = c_.headers, .credentials = access.credentials, .most_body = kMostPage};
    request.tls.ca_file = access.ca_file;
    if (seen_.is_string() && !c_.key_parameter.empty()) request.url = http::with_parameter(c_.url, c_.key_parameter, seen_.get<std::string>());
    files::Draft draft(path_);
    const auto ask = [&](const http::Request& page) {
      const auto name = http::without_secrets(page.url);
      return trying(attempt_, [&] { return good(http::send(page, [&] { return attempt_.cancelled(); }), name); });
    };
    const auto read = http::read_pages(paging_of(c_), request, ask, [&](const Json& item) {
      if (!item.is_object()) throw mr::Failure("data", "E4035", "an item is no object", http::without_secrets(c_.url), "`items` names the path of a list of objects");
      draft.write(item.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    });
    draft.keep(0600);
    attempt_.info(std::to_string(read.items) + " items on " + std::to_string(read.pages) + " pages");
    return read;
  }

  // What stands behind FROM: the items with the columns of `schema`, of the catalog, or their own.
  std::string items(mr::data::Session& session) const {
    const std::string file = mr::data::path_literal(path_) + ", format = 'newline_delimited'", as_they_are = "read_json_auto(" + file + ", sample_size = -1)";
    std::map<std::string, std::string> columns = c_.schema;
    if (columns.empty()) {
      for (const auto& column : output_.at("columns")) columns[column.at("name")] = column.at("type");
      if (columns.empty()) return as_they_are;
      for (const auto& column : session.describe("SELECT * FROM " + as_they_are)) {
        if (!columns.contains(column.name)) throw mr::Failure("data", "E5033", "items have a field that " + c_.into + " has not: " + column.name, http::without_secrets(c_.url), "name the fields to load in `schema`; nothing was published");
      }
    }
    std::string list;
    for (const auto& [name, type] : columns) list += (list.empty() ? "" : ", ") + literal(name) + ": " + literal(type);
    return "read_json(" + file + ", columns = {" + list + "})";
  }

  json move_position(mr::data::Session& session) {
    const auto key = ident(c_.key);
    const auto lacking = session.query("SELECT count(*) FROM _all WHERE " + key + " IS NULL").integer(0, 0);
    if (lacking > 0) throw mr::Failure("data", "E5071", std::to_string(lacking) + " items have no " + c_.key, "with.key", "name another `key`; nothing was published");
    type_ = session.describe("SELECT " + key + " FROM _all")[0].type;
    const auto moved = session.query("SELECT CAST(max(" + key + ") AS VARCHAR)" + (seen_.is_string() ? ", max(" + key + ") > " + seen() : ", true") + " FROM _all").rows[0];
    position_ = moved[1] == "true" ? moved[0].value_or("") : seen_.is_string() ? seen_.get<std::string>() : "";
    if (moved[1] != "true") return json::array();
    return json::array({{{"source", source_}, {"key", c_.key}, {"expected", seen_}, {"value", position_}}});
  }

  std::string seen() const { return "CAST(" + literal(seen_.get<std::string>()) + " AS " + type_ + ")"; }

  std::string wanted() const {
    if (c_.key.empty() || !seen_.is_string()) return "";
    const auto key = ident(c_.key);
    if (c_.primary_key.empty()) return " WHERE " + key + " > " + seen();
    auto names = c_.primary_key;
    names.push_back(c_.key);
    const auto loaded = is_loaded(facts_, output_, names, "_all", "loaded." + key + " >= " + seen());
    return " WHERE " + key + " >= " + seen() + (loaded.empty() ? "" : " AND NOT " + loaded);
  }

  void nothing() const {
    for (const char* name : {"rows_in", "rows_out", "rows_rejected", "rows_known", "bytes"}) attempt_.output(name, 0);
    attempt_.output("dataset", c_.into);
    if (!c_.key.empty()) attempt_.output("position", seen_.is_string() ? seen_.get<std::string>() : "");
    attempt_.info("no items: nothing to load");
  }

  const Http::Config& c_;
  mr::Attempt& attempt_;
  const mr::data::Facts facts_;
  const std::string source_ = "ingest.http:" + c_.into;
  const json output_, seen_;
  const std::string path_;
  std::string type_{}, position_{};
};

}  // namespace

void Http::run(const Config& c, mr::Attempt& attempt) {
  check(c);
  Loading(c, attempt).run();
}

}  // namespace mr::ingest
