#include "quality/short/short_checks.hpp"

#include "quality/engine/parts.hpp"
#include "quality/short/kinds.hpp"

#include <algorithm>

namespace mr::quality::short_form {
namespace {

using nlohmann::json;

const Words& common_keys() {
  static const Words kKeys{"name", "where", "mostly", "on_fail"};
  return kKeys;
}

Words kind_words() {
  Words words;
  for (const Kind& kind : kinds()) words.push_back(kind.word);
  return words;
}

bool is_common(const std::string& key) {
  return std::find(common_keys().begin(), common_keys().end(), key) != common_keys().end();
}

struct Kinded {
  const Kind& kind;
  const Node& value;
};

// The one word of a kind among the keys.
Kinded kind_of(const Node& entry) {
  Words known = kind_words();
  if (!entry.is_map()) wrong(entry, "a check must be a map of keys", known_words("", known));
  const Kind* kind = nullptr;
  const Node* value = nullptr;
  for (const NodeMember& member : entry.members) {
    const Kind* one = kind_named(member.key);
    if (one != nullptr && kind != nullptr)
      wrong(member.value,
            "a check is of one kind: this is " + std::string(kind->word) + " and " + member.key,
            "begin another item for it");
    if (one == nullptr && !is_common(member.key)) {
      known.insert(known.end(), common_keys().begin(), common_keys().end());
      wrong(member.value, "there is no check '" + member.key + "'", known_words(member.key, known));
    }
    if (one == nullptr) continue;
    kind = one;
    value = &member.value;
  }
  if (kind == nullptr) wrong(entry, "a check needs the word of its kind", known_words("", known));
  return {*kind, *value};
}

std::string title_of(const Kinded& one, const Node& value) {
  const std::string about = one.kind.title(value);
  return std::string(one.kind.word) + (about.empty() ? "" : " " + about);
}

std::string on_fail_of(const Node& entry) {
  const Node* on_fail = entry.find("on_fail");
  if (on_fail == nullptr) return {};
  const std::string word = text_of(*on_fail, "'on_fail'");
  if (word != "fail" && word != "warn" && word != "quarantine")
    wrong(*on_fail, "'on_fail' must be fail, warn or quarantine, not '" + word + "'");
  return word;
}

void read_share(const Node& entry, const Kind& kind, json& kwargs) {
  const Node* mostly = entry.find("mostly");
  if (mostly == nullptr) return;
  if (!kind.of_rows)
    wrong(*mostly, std::string(kind.word) + " takes no 'mostly': it is not about single rows");
  const double share = number_of(*mostly, "'mostly'");
  if (!(share >= 0 && share <= 1)) wrong(*mostly, "'mostly' must be from 0 to 1");
  kwargs["mostly"] = share;
}

// The value with what stands beside it, as results show it.
json config_of(const Kinded& one, const Node& entry, const Node& value) {
  json kwargs{{std::string(one.kind.word), value.to_json()}};
  for (const char* key : {"where", "mostly"}) {
    if (const Node* beside = entry.find(key)) kwargs[key] = beside->to_json();
  }
  return {{"type", std::string(one.kind.word)}, {"kwargs", std::move(kwargs)}};
}

gx::Entry compiled(const Kinded& one, const Node& entry, const Node& value, const Target& target,
                   Measures& measures, const dqdl::World& world) {
  const Node* named = entry.find("name");
  const std::string title = named != nullptr && named->is_text() && named->value != ""
                                ? named->value.get<std::string>()
                                : title_of(one, value);
  gx::Entry made{.config = config_of(one, entry, value)};
  gx::Expectation e{target, measures, title, value.place, json::object()};
  made.compiled = gx::guarded(title, [&] {
    if (named != nullptr) text_of(*named, "'name'");
    read_share(entry, one.kind, e.kwargs);
    const Node* where = entry.find("where");
    if (where != nullptr && !one.kind.filtered)
      wrong(*where, std::string(one.kind.word) + " takes no 'where': it needs no rows");
    if (where != nullptr) e.filter = parts::condition_sql(e, text_of(*where, "'where'"), "'where'");
    return one.kind.compile({e, value, world});
  });
  return made;
}

gx::Entry refused_entry(const QualityError& error) {
  return {.config = {{"type", "a check"}, {"kwargs", json::object()}},
          .compiled = {.check = refused("a check at " + error.where, error)}};
}

const Node* list_in(const Node& document) {
  return document.is_list() ? &document : document.find("checks");
}

}  // namespace

bool is_short(const Node& document) {
  return (document.is_list() && !document.items.empty() && document.items[0].is_map()) ||
         document.find("checks") != nullptr;
}

std::vector<gx::Entry> compile(const Node& entry, const Target& target, Measures& measures,
                               const dqdl::World& world) {
  std::vector<gx::Entry> entries;
  try {
    const Kinded one = kind_of(entry);
    const std::string on_fail = on_fail_of(entry);
    if (one.kind.each && one.value.is_list()) {
      if (one.value.items.empty()) wrong(one.value, "the list of columns is empty");
      for (const Node& item : one.value.items)
        entries.push_back(compiled(one, entry, item, target, measures, world));
    } else {
      entries.push_back(compiled(one, entry, one.value, target, measures, world));
    }
    for (gx::Entry& made : entries) made.compiled.check.on_fail = on_fail;
  } catch (const QualityError& error) {
    entries.push_back(refused_entry(error));
  }
  return entries;
}

gx::Suite load(const Node& document, const std::string& name, const Target& target,
               Measures& measures, const dqdl::World& world) {
  const Node* list = list_in(document);
  if (document.is_map()) require_map(document, "a file of checks", {"name", "checks"});
  if (list == nullptr || !list->is_list() || list->items.empty())
    throw QualityError("E7002", "there is no list of checks", document.place,
                       "begin with checks:, and - not_null: id below it");
  gx::Suite suite{.name = name, .parameters = json::object(), .meta = json::object()};
  if (const Node* own = document.find("name")) suite.name = text_of(*own, "'name'");
  for (const Node& entry : list->items) {
    for (gx::Entry& made : compile(entry, target, measures, world))
      suite.entries.push_back(std::move(made));
  }
  return suite;
}

}  // namespace mr::quality::short_form
