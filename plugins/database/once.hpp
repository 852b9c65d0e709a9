// The table of marks: who has run which script, and what came of it.
//
//   run, task, once_key   who: the run's key, the task (with its item), and a key of the author's choice
//   report                the output of the attempt that did it, as JSON
//
// A mark is written and read in the transaction of its script, or by itself before it. Used by one thread; throws Problem.
#pragma once
#include <optional>
#include <string>

#include "database/connection.hpp"
#include "database/script.hpp"

namespace mr::database {

// The mark that a script leaves in its own transaction, so that another attempt sees that it is done.
struct Mark {
  std::string table{}, run{}, task{}, key{};
};

struct Report {
  Json output = Json::object();
  bool repeated = false;  // it is an earlier attempt's
};

class Marks {
 public:
  Marks(Connection& connection, Dialect dialect, Mark mark);

  // The report of who was here before. Makes the table when there is none.
  std::optional<Json> find();
  // In a transaction. False: somebody has left it just now, and the transaction can only be rolled back.
  bool leave();
  // In the same transaction: what the mark tells.
  void tell(const Json& report);

 private:
  void run(const std::string& sql, Values values = {}, const TakeRow& take = {});
  std::optional<Json> look();
  void make_table();
  Values names() const;

  Connection& connection_;
  Dialect dialect_;
  Mark mark_;
};

}  // namespace mr::database
