// What the pieces of gather() share: the columns of the query's rows, which lie in the temporary table _section.
#pragma once
#include <string>
#include <vector>

#include "data/session.hpp"
#include "report/page.hpp"
#include "report/section.hpp"

namespace mr::report {

struct Column {
  enum class Kind : uint8_t { number = 1, time, words };
  std::string name{}, type{};
  Kind kind = Kind::words;
  std::string sql() const { return data::ident(name); }
  std::string finite() const;  // as DOUBLE, of a time the seconds since 1970; NULL for NULL, NaN and infinity
};

std::vector<Column> columns_of(data::Session& session);

// SVG; the figures and what is to be told go into `out`.
std::string histogram(data::Session& session, const SectionWish& wish, const std::vector<Column>& columns, const std::string& where, Section& out);
std::string heat_map(data::Session& session, const SectionWish& wish, const std::vector<Column>& columns, const std::string& where, Section& out);

}  // namespace mr::report
