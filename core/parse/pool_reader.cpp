#include "parse/pool_reader.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits);
}

Pool read_pool(Reading& in, const YamlMember& member) {
  static constexpr std::array<std::string_view, 3> kKeys{"slots", "per_second", "description"};
  Pool pool{.name = member.key};
  if (!is_name(member.key)) in.fail(member.place, "E1008", quote(member.key) + " is not a pool's name", "up to 64 of a-z, 0-9, _ and -");
  if (!in.map(member.value, "pool " + quote(member.key), kKeys)) return pool;
  if (const auto* n = member.value.find("slots")) pool.slots = in.whole(*n, "slots", 0, 1'000'000, 1);
  else in.fail(member.place, "E1006", "pool " + quote(member.key) + " lacks the key 'slots'", "write {slots: 4}");
  if (const auto* n = member.value.find("per_second")) pool.per_second = in.number(*n, "per_second", 0.001, 0);
  if (const auto* n = member.value.find("description")) pool.description = in.text(*n, "description");
  return pool;
}

}  // namespace

void read_pools(std::string_view yaml, const std::string& file, std::vector<Pool>& into, std::vector<Error>& errors) {
  static constexpr std::array<std::string_view, 1> kKeys{"pools"};
  const YamlTree tree = read_yaml(yaml);
  const OperatorList none;
  Reading in(none);
  in.mistakes = tree.mistakes;
  const YamlNode* pools = tree.whole && in.map(tree.root, "the file of pools", kKeys) ? tree.root.find("pools") : nullptr;
  if (pools != nullptr && !pools->is_map()) in.fail(pools->place, "E1007", "pools must be a map of names", "write warehouse: {slots: 4}");
  for (const auto& member : pools != nullptr && pools->is_map() ? pools->members : std::vector<YamlMember>{}) {
    const auto twice = std::find_if(into.begin(), into.end(), [&](const Pool& one) { return one.name == member.key; });
    if (twice != into.end()) in.fail(member.place, "E1003", "another file has a pool " + quote(member.key) + " already", "rename one of them");
    else into.push_back(read_pool(in, member));
  }
  for (const auto& mistake : in.mistakes) errors.push_back({mistake.code, mistake.what, Mark{file, mistake.place.line, mistake.place.column}.to_string(), mistake.hint});
}

}  // namespace millrace
