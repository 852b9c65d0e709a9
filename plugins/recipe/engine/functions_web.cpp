// Internet addresses and the parameters of URLs; and the questions of an interactive session, which a run has no answer for.
#include "recipe/engine/actions.hpp"
#include "recipe/engine/semantic_types.hpp"
#include "recipe/engine/text_pieces.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

void ip_to_int(Builder& b) {
  const std::string text = text_operand(b);
  const auto byte = [&](int n) { return "CAST(split_part(" + text + ", '.', " + std::to_string(n) + ") AS BIGINT)"; };
  b.add_target("CASE WHEN regexp_full_match(" + text + ", " + literal(kIpV4) + ") THEN ((" + byte(1) + " * 256 + " + byte(2) + ") * 256 + " + byte(3) + ") * 256 + " + byte(4) + " END", "BIGINT");
}

void int_to_ip(Builder& b) {
  text_operand(b);  // one of the two, not both
  const std::string number = b.has("value") ? std::to_string(b.whole("value", 0, 0xFFFFFFFF)) : b.number(b.source());
  const auto byte = [&](int shift) { return "CAST((CAST(" + number + " AS BIGINT) >> " + std::to_string(shift) + ") & 255 AS VARCHAR)"; };
  b.add_target("CASE WHEN " + number + " BETWEEN 0 AND 4294967295 AND " + number + " = trunc(" + number + ") THEN concat_ws('.', " + byte(24) + ", " + byte(16) + ", " + byte(8) + ", " +
                   byte(0) + ") END", "VARCHAR");
}

// %41 and + as forms write them; a text that is no such writing stays.
std::string decoded(const std::string& text) { return "coalesce(TRY(url_decode(replace(" + text + ", '+', ' '))), " + text + ")"; }

void url_params(Builder& b) {
  const std::string text = text_operand(b);
  const std::string query = "regexp_extract(" + text + ", '^[^?#]*\\?([^#]*)', 1)";
  const std::string pairs = "list_transform(list_filter(string_split(" + query + ", '&'), lambda pair: pair <> ''), lambda pair: {'name': " + decoded("regexp_extract(pair, '^[^=]*')") +
                            ", 'value': " + decoded("regexp_replace(pair, '^[^=]*=?', '')") + "})";
  // Names in the order of their first appearance, each with its values in order.
  const std::string entries = "list_transform(list_filter(list_transform(all_pairs, lambda p: p.name), lambda n, i: list_position(list_transform(all_pairs, lambda p: p.name), n) = i), "
                              "lambda n: {'key': n, 'value': list_transform(list_filter(all_pairs, lambda p: p.name = n), lambda p: p.value)})";
  b.add_target("CASE WHEN " + text + " IS NOT NULL THEN list_transform([" + pairs + "], lambda all_pairs: CAST(to_json(map_from_entries(" + entries + ")) AS VARCHAR))[1] END", "VARCHAR");
}

void asks(Builder& b, std::string_view what) { b.note(std::string(what) + " is a question of the interactive session; it changes no data"); }

void get_action_result(Builder& b) {
  b.param("actionId");
  asks(b, "GET_ACTION_RESULT");
}

void get_step_dataframe(Builder& b) {
  b.whole("stepIndex", 0, 1000);
  asks(b, "GET_STEP_DATAFRAME");
}

void get_advanced_datatype(Builder& b) {
  b.source(b.has("columnName") ? "columnName" : "sourceColumn");
  asks(b, "GET_ADVANCED_DATATYPE");
}

constexpr Action kActions[] = {{"IP_TO_INT", false, ip_to_int}, {"INT_TO_IP", false, int_to_ip}, {"URL_PARAMS", false, url_params},
                               {"GET_ACTION_RESULT", false, get_action_result}, {"GET_STEP_DATAFRAME", false, get_step_dataframe},
                               {"GET_ADVANCED_DATATYPE", false, get_advanced_datatype}};

}  // namespace

std::span<const Action> web_actions() { return kActions; }

}  // namespace mr::recipe
