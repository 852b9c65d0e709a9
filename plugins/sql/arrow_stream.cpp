#include "sql/arrow_stream.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "data/batches.hpp"
#include "data/query_stream.hpp"
#include "sql/arrow_message.hpp"

namespace mr::sql {
namespace {

constexpr int64_t kBatchRows = 16'384, kBatchBytes = int64_t{64} << 20;

// An ENUM as text: its names would need a dictionary.
std::string without_enums(data::Session& session, const std::string& select) {
  std::string list;
  for (const auto& column : session.describe(select)) {
    const std::string name = data::ident(column.name);
    list += (list.empty() ? "" : ", ") + (column.type.starts_with("ENUM(") && column.type.ends_with(")") ? "CAST(" + name + " AS VARCHAR) AS " + name : name);
  }
  return "SELECT " + list + " FROM (" + select + "\n)";
}

}  // namespace

int64_t write_arrow(data::Session& session, const std::string& select, const std::filesystem::path& file, const mr::Attempt& attempt) {
  std::ofstream out(file, std::ios::binary);
  const auto write = [&](const std::string& bytes) {
    if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) throw mr::Failure("resource", "E5055", std::string("the file can't be written: ") + std::strerror(errno), file.string(), "make room; nothing was changed", false);
  };
  data::QueryStream rows(session, without_enums(session, select));
  data::Owned<ArrowSchema> schema;
  rows.schema(schema.value);
  data::GrowingColumn batch(schema.value);
  write(schema_message(schema.value));
  int64_t count = 0;
  for (bool more = true; more;) {
    attempt.stop_if_cancelled();
    data::Owned<ArrowArray> chunk, whole;
    more = rows.next(chunk.value);
    if (more) batch.append(chunk.value, 0, chunk.value.length);
    if (batch.rows() == 0 || (more && batch.rows() < kBatchRows && batch.bytes() < kBatchBytes)) continue;
    batch.give(whole.value);
    count += whole.value.length;
    write(batch_message(schema.value, whole.value));
  }
  write(end_of_stream());
  out.flush();
  write("");
  return count;
}

}  // namespace mr::sql
