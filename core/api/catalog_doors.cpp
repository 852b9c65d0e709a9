#include "api/catalog_doors.hpp"

#include <cstdlib>

#include "base/text.hpp"

namespace millrace {
namespace {

Json json_of(const FileSum& sum) { return Json::object({{"files", sum.files}, {"rows", sum.rows}, {"bytes", sum.bytes}}); }

Json json_of(const std::optional<Column>& column) { return column ? Json::object({{"type", column->type}, {"nullable", column->nullable}}) : Json(); }

Json json_of(const SourceView& source) { return Json::object({{"source", source.source}, {"positions", source.positions}, {"moved", source.moved}, {"run", source.run}}); }

Json json_of(const PositionView& position) {
  return Json::object({{"id", position.id}, {"key", position.key}, {"value", position.value}, {"moved", position.moved}, {"run", position.run}});
}

Json json_of(const SnapshotView& snapshot) { return to_json(snapshot); }

Json json_of(const CheckView& check) {
  Json one = Json::object({{"snapshot", check.snapshot}, {"time", check.time}, {"run", check.run}, {"rules_of", check.rules_of}});
  for (const auto& [name, value] : check.result.members()) one.set(name, value);
  return one;
}

template <class T>
Result<Json> page_of(const Result<Page<T>>& page) {
  if (!page) return page.error();
  Json items = Json::array();
  for (const auto& item : page->items) items.push(json_of(item));
  return Json::object({{"items", std::move(items)}, {"next", page->next.empty() ? Json() : Json(page->next)}});
}

int64_t id_of(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

Error not_there(const std::string& what, const std::string& name, const std::string& hint) { return {.code = "E8004", .what = "no " + what + " " + quote(name), .where = {}, .hint = hint}; }

}  // namespace

Result<Json> snapshots_page(Views& views, const std::string& dataset, const std::string& before, int limit) {
  auto page = views.history.snapshots(dataset, id_of(before), limit);
  if (page && page->items.empty() && before.empty()) return not_there("dataset", dataset, "`millrace datasets list` shows the names");
  return page_of(page);
}

Result<Json> checks_page(Views& views, const CheckFilter& filter) {
  auto page = views.history.checks(filter);
  if (!page || !page->items.empty() || !filter.after.empty()) return page_of(page);
  auto known = views.history.snapshots(filter.dataset, 0, 1);
  if (known && known->items.empty()) return not_there("dataset", filter.dataset, "`millrace datasets list` shows the names");
  return page_of(page);
}

Result<Json> diff_of(Views& views, const std::string& dataset, const std::string& from, const std::string& to) {
  auto diff = views.history.diff(dataset, from, to);
  if (!diff) return diff.error();
  Json columns = Json::array();
  for (const auto& change : diff->columns) columns.push(Json::object({{"name", change.name}, {"before", json_of(change.before)}, {"after", json_of(change.after)}}));
  return Json::object({{"dataset", diff->dataset}, {"from", diff->from}, {"to", diff->to}, {"columns", std::move(columns)}, {"before", json_of(diff->before)},
                       {"after", json_of(diff->after)}, {"added", json_of(diff->added)}, {"removed", json_of(diff->removed)}});
}

Result<Json> rows_of(Views& views, const RowsRequest& request) {
  if (views.rows == nullptr) return not_there("reader of rows", request.dataset, "ask a server");
  auto rows = views.rows->read(request);
  if (!rows) return rows;
  return Json::object({{"dataset", request.dataset}, {"rows", std::move(*rows)}});
}

Result<Json> trial_of(Views& views, const TrialRequest& request) {
  if (views.rows == nullptr) return not_there("reader of rows", request.dataset, "ask a server");
  return views.rows->try_recipe(request);
}

Result<Json> sources_page(Views& views, const std::string& after, int limit) { return page_of(views.history.sources(after, limit)); }

Result<Json> positions_page(Views& views, const std::string& source, const std::string& after, int limit) { return page_of(views.history.positions(source, after, limit)); }

Result<Json> position_changes_page(Views& views, const std::string& source, const std::string& key, const std::string& before, int limit) {
  auto page = views.history.position_changes({.source = source, .key = key, .before = id_of(before), .limit = limit});
  if (page && page->items.empty() && before.empty()) return not_there("source", source, "`millrace positions list` shows those that have moved");
  return page_of(page);
}

}  // namespace millrace
