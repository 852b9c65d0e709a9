// Transforms that choose rows, and their order.
#include "etl/transform.hpp"

namespace mr::etl {
namespace {

using mr::data::ident;

Made filter(const Given& given) { return {.list = row_of(given.input.columns), .tail = " WHERE " + given.value(expression_of(given.text("where"), "where"))}; }

// Ties are decided by the whole row, so that the same rows come out every time.
Made deduplicate(const Given& given) {
  const auto by = columns_of(given, "by");
  if (by.empty()) return {.list = "DISTINCT *", .tail = {}};
  const std::string order = given.with.contains("order_by") ? order_of(given.with.at("order_by"), given.input.columns) + ", " + hash_of(given.input.columns) : hash_of(given.input.columns);
  return {.list = "*", .tail = " QUALIFY row_number() OVER (PARTITION BY " + list_of(by, "l.") + " ORDER BY " + order + ") = 1"};
}

Made sort(const Given& given) { return {.list = "*", .tail = " ORDER BY " + order_of(given.with.at("order_by"), given.input.columns)}; }

Made limit(const Given& given) {
  const std::string order = given.with.contains("order_by") ? " ORDER BY " + order_of(given.with.at("order_by"), given.input.columns) + ", " + row_of(given.input.columns) : "";
  return {.list = "*", .tail = order + " LIMIT " + std::to_string(given.with.at("rows").get<int64_t>()) + " OFFSET " + std::to_string(given.with.value("offset", int64_t{0}))};
}

// By the row itself and not by chance, so that a second attempt draws the same.
Made sample(const Given& given) {
  const std::string drawn = "hash(" + row_of(given.input.columns) + ", " + std::to_string(given.with.value("seed", int64_t{0})) + ")";
  if (given.with.contains("rows") == given.with.contains("percent")) wrong("it is not said how many rows", "rows", "give rows or percent");
  if (given.with.contains("rows")) return {.list = "*", .tail = " ORDER BY " + drawn + ", " + row_of(given.input.columns) + " LIMIT " + std::to_string(given.with.at("rows").get<int64_t>())};
  return {.list = "*", .tail = " WHERE " + drawn + " % 1000000 < " + std::to_string(given.with.at("percent").get<double>() * 10000)};
}

}  // namespace

std::vector<Transform> row_transforms() {
  return {{"filter", "Keeps the rows for which a condition is true.", R"({"where": {"type": "string", "minLength": 1, "description": "A SQL expression over the columns."}})", R"(["where"])", R"({"where": "quantity > 0 and city is not null"})", filter},
          {"deduplicate", "Keeps one row of those that are the same.",
           R"({"by": {"type": "array", "items": {"type": "string"}, "description": "Columns in which they are the same; all when left out."},
               "order_by": {"type": "array", "items": {"type": "string"}, "description": "The first one by this order stays; ties are decided by the whole row."}})",
           "[]", R"({"by": ["id"], "order_by": ["day desc"]})", deduplicate},
          {"sort", "Orders the rows.", R"({"order_by": {"type": "array", "items": {"type": "string"}, "description": "Columns, each perhaps with asc or desc, nulls first or nulls last."}})", R"(["order_by"])",
           R"({"order_by": ["day desc", "id"]})", sort, true},
          {"limit", "Keeps the first rows.",
           R"({"rows": {"type": "integer", "minimum": 0, "maximum": 1000000000, "description": "At most so many."}, "offset": {"type": "integer", "default": 0, "minimum": 0, "maximum": 1000000000000, "description": "After so many."},
               "order_by": {"type": "array", "items": {"type": "string"}, "description": "In this order; any when left out."}})",
           R"(["rows"])", R"({"rows": 2, "order_by": ["quantity desc"]})", limit},
          {"sample", "Keeps some of the rows, the same ones every time.",
           R"({"rows": {"type": "integer", "minimum": 0, "maximum": 1000000000, "description": "So many."}, "percent": {"type": "number", "minimum": 0, "maximum": 100, "description": "About such a part of them; rows that are equal stay or go together."},
               "seed": {"type": "integer", "default": 0, "minimum": 0, "maximum": 2147483647, "description": "Another one draws others."}})",
           "[]", R"({"percent": 50})", sample}};
}

}  // namespace mr::etl
