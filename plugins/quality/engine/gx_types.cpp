// The names that pandas, Spark, and databases by their SQLAlchemy classes have for the types of
// columns.
#include "quality/engine/gx_expectation.hpp"

#include <algorithm>
#include <set>

namespace mr::quality::gx {
namespace {

using Names = std::map<std::string, std::set<std::string, std::less<>>>;

// Type of a column, and its names in capitals. A wide type also goes by the name of its family, as
// subclasses do.
const Names& names() {
  static const Names kNames{
      {"VARCHAR",
       {"VARCHAR",    "TEXT",     "STRING",     "CHAR",        "NVARCHAR",    "NCHAR",
        "NTEXT",      "CLOB",     "STRINGTYPE", "VARCHARTYPE", "CHARTYPE",    "STR",
        "STR_",       "OBJECT",   "OBJECT_",    "UNICODE",     "UNICODETEXT", "STRINGDTYPE",
        "MEDIUMTEXT", "LONGTEXT", "TINYTEXT"}},
      {"BOOLEAN", {"BOOLEAN", "BOOL", "BOOL_", "BIT", "BOOLEANTYPE", "BOOLEANDTYPE"}},
      {"TINYINT", {"TINYINT", "BYTETYPE", "INT8", "INT8DTYPE"}},
      {"SMALLINT", {"SMALLINT", "SMALLINTEGER", "SHORTTYPE", "INT16", "INT16DTYPE", "INT2"}},
      {"INTEGER",
       {"INTEGER", "INT", "INT_", "INT4", "INT32", "INTEGERTYPE", "INT32DTYPE", "MEDIUMINT"}},
      {"BIGINT",
       {"BIGINT", "BIGINTEGER", "INTEGER", "INT", "INT_", "INT64", "LONG", "LONGTYPE",
        "INTEGERTYPE", "INT64DTYPE"}},
      {"HUGEINT", {"HUGEINT", "INT128", "NUMERIC", "NUMBER"}},
      {"UTINYINT", {"UTINYINT", "UINT8", "UINT8DTYPE"}},
      {"USMALLINT", {"USMALLINT", "UINT16", "UINT16DTYPE"}},
      {"UINTEGER", {"UINTEGER", "UINT32", "UINT32DTYPE"}},
      {"UBIGINT", {"UBIGINT", "UINT64", "UINT64DTYPE"}},
      {"FLOAT", {"FLOAT", "REAL", "FLOAT4", "FLOAT32", "FLOATTYPE", "FLOAT32DTYPE"}},
      {"DOUBLE",
       {"DOUBLE", "DOUBLE_PRECISION", "DOUBLE PRECISION", "FLOAT", "FLOAT_", "FLOAT8", "FLOAT64",
        "DOUBLETYPE", "FLOATTYPE", "FLOAT64DTYPE"}},
      {"DECIMAL", {"DECIMAL", "NUMERIC", "NUMBER", "DECIMALTYPE", "MONEY"}},
      {"DATE", {"DATE", "DATETYPE"}},
      {"TIME", {"TIME", "TIMETYPE"}},
      {"TIMESTAMP",
       {"TIMESTAMP", "TIMESTAMP_NTZ", "DATETIME", "DATETIME2", "SMALLDATETIME", "DATETIME64",
        "DATETIME64[NS]", "DATETIME64[US]", "DATETIME64[MS]", "DATETIME64[S]", "TIMESTAMPTYPE",
        "TIMESTAMPNTZTYPE"}},
      {"TIMESTAMP WITH TIME ZONE",
       {"TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP_TZ", "TIMESTAMP_LTZ",
        "DATETIMEOFFSET", "DATETIME64[NS, UTC]", "DATETIMETZDTYPE", "TIMESTAMPTYPE"}},
      {"INTERVAL", {"INTERVAL", "TIMEDELTA64", "TIMEDELTA64[NS]", "DAYTIMEINTERVALTYPE"}},
      {"BLOB", {"BLOB", "BYTEA", "BINARY", "VARBINARY", "LARGEBINARY", "BYTES", "BINARYTYPE"}},
      {"UUID", {"UUID", "UNIQUEIDENTIFIER"}},
      {"JSON", {"JSON", "JSONB", "VARIANT"}},
      {"LIST", {"ARRAY", "LIST", "ARRAYTYPE"}},
      {"STRUCT", {"STRUCT", "DICT", "STRUCTTYPE", "RECORD"}},
      {"MAP", {"MAP", "MAPTYPE"}}};
  return kNames;
}

std::string family(const std::string& type) {
  if (type.ends_with("]")) return "LIST";
  if (type.starts_with("TIMESTAMP_")) return "TIMESTAMP";  // of another precision
  const std::string head = type.substr(0, type.find('('));
  return names().contains(head) ? head : type;
}

}  // namespace

bool is_called(const std::string& type, const std::string& name, const std::string& where) {
  std::string wanted = name;
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const size_t bracket = wanted.find('(');
  // NUMERIC(9, 2) is DECIMAL(9,2); VARCHAR(20) is a text, whatever its length.
  if (bracket != std::string::npos) {
    std::string size = wanted.substr(bracket);
    std::erase(size, ' ');
    wanted.resize(bracket);
    if (type.starts_with("DECIMAL") && size != "()" && type.substr(type.find('(')) != size)
      return false;
  }
  const bool known = std::any_of(names().begin(), names().end(),
                                 [&](const auto& entry) { return entry.second.contains(wanted); });
  if (!known && wanted != type)
    throw QualityError("E7005", "type '" + name + "' is not known", where,
                       "name a type as pandas, Spark or SQL does: int64, IntegerType, BIGINT");
  const auto found = names().find(family(type));
  return wanted == type || (found != names().end() && found->second.contains(wanted));
}

}  // namespace mr::quality::gx
