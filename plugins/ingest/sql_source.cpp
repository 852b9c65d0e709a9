#include "ingest/sql_source.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "database/watch.hpp"
#include "ingest/sql_connect.hpp"

namespace mr::ingest {
namespace {

using database::Connection;
using database::Dialect;
using database::Problem;
using database::Row;

std::string small(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

size_t size_of(const Row& row) {
  size_t bytes = row.size() * sizeof(database::Value);
  for (const auto& value : row) {
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    if (const auto* data = std::get_if<database::Bytes>(&value)) bytes += data->data.size();
  }
  return bytes;
}

}  // namespace

// Threads that each read a piece, and a queue of a few packs of rows between them and who takes the rows.
class SqlSource::Pieces {
 public:
  using Read = std::function<void(Connection&, const database::TakeRow&)>;

  explicit Pieces(size_t count) : left_(count), most_(2 * count) {}
  ~Pieces() {
    stop();
    for (auto& thread : threads_) thread.join();
  }
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;

  void start(Connection& connection, Read read) {
    connections_.push_back(&connection);
    threads_.emplace_back([this, &connection, read = std::move(read)] { work(connection, read); });
  }

  // Until all pieces are read, or one failed: its failure is thrown.
  void take_all(const std::function<void(Row&&)>& take) {
    for (;;) {
      std::vector<Row> pack;
      {
        std::unique_lock hold(mutex_);
        changed_.wait(hold, [&] { return failed_ != nullptr || !packs_.empty() || left_ == 0; });
        if (failed_ != nullptr) std::rethrow_exception(failed_);
        if (packs_.empty()) return;
        pack = std::move(packs_.front());
        packs_.pop_front();
      }
      changed_.notify_all();
      for (auto& row : pack) take(std::move(row));
    }
  }

 private:
  static constexpr size_t kMostRows = 2048, kMostBytes = size_t{1} << 20;
  struct Stopped {};

  void work(Connection& connection, const Read& read) {
    std::exception_ptr failure;
    std::vector<Row> pack;
    size_t bytes = 0;
    try {
      read(connection, [&](Row&& row) {
        bytes += size_of(row);
        pack.push_back(std::move(row));
        if (pack.size() < kMostRows && bytes < kMostBytes) return true;
        push(std::exchange(pack, {}));
        bytes = 0;
        return true;
      });
      push(std::move(pack));
    } catch (const Stopped&) {
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard hold(mutex_);
      --left_;
      if (failure != nullptr && failed_ == nullptr) failed_ = failure;
    }
    changed_.notify_all();
  }

  void push(std::vector<Row> pack) {
    {
      std::unique_lock hold(mutex_);
      changed_.wait(hold, [&] { return stopped_ || packs_.size() < most_; });
      if (stopped_) throw Stopped{};
      if (!pack.empty()) packs_.push_back(std::move(pack));
    }
    changed_.notify_all();
  }

  void stop() {
    bool running = false;
    {
      const std::lock_guard hold(mutex_);
      stopped_ = true;
      running = left_ > 0;
    }
    changed_.notify_all();
    if (!running) return;
    for (auto* connection : connections_) connection->cancel();
  }

  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::deque<std::vector<Row>> packs_{};
  size_t left_, most_;
  bool stopped_ = false;
  std::exception_ptr failed_{};
  std::vector<Connection*> connections_{};
  std::vector<std::thread> threads_{};
};

SqlSource::SqlSource(database::Opening opening, Asked asked, const mr::Attempt& attempt) : opening_(std::move(opening)), asked_(std::move(asked)), attempt_(attempt) {
  from_ = asked_.table.empty() ? from_query(asked_.query) : database::quoted_table(asked_.table, dialect());
  connection_ = connect("");
  learn_columns();
}

SqlSource::~SqlSource() {
  if (connection_ != nullptr) connection_->rollback();
}

std::unique_ptr<Connection> SqlSource::connect(const std::string& snapshot) const {
  auto connection = database::open(opening_);
  database::Watch watch(*connection, attempt_, asked_.timeout);
  watch.during([&] {
    database::use_utc(*connection, dialect());
    const bool knows = dialect() == Dialect::postgres || dialect() == Dialect::mysql;
    connection->begin({.isolation = knows ? database::Isolation::repeatable_read : database::Isolation::as_set_there, .read_only = true, .snapshot = true});
    if (!snapshot.empty()) connection->run("SET TRANSACTION SNAPSHOT '" + snapshot + "'", {}, {});
  });
  return connection;
}

database::Answer SqlSource::run(Connection& connection, const std::string& what, const Rows& rows, const database::TakeRow& take) const {
  auto values = asked_.params;
  for (const auto& [name, value] : rows.values) values[name] = value;
  const auto step = database::step_of(select(what, from_, rows), values, dialect());
  database::Answer answer;
  database::Watch watch(connection, attempt_, asked_.timeout);
  try {
    watch.during([&] { answer = connection.run(step.statement.text, step.values, take); });
  } catch (Problem& problem) {
    if (problem.where.empty()) problem.where = asked_.table.empty() ? "with.query" : "with.table";
    throw;
  }
  return answer;
}

// Of an expression SQLite knows no type: the first row's is taken.
void SqlSource::learn_columns() {
  database::Answer answer;
  try {
    answer = dialect() == Dialect::sqlite ? run(*connection_, "*", {.most = 1}, {}) : run(*connection_, "*", Rows{}.with("1 = 0"), {});
  } catch (const Problem& problem) {
    if (asked_.table.empty() || problem.kind != database::Kind::refused) throw;
    throw mr::Failure("config", "E5043", "the database has no table " + asked_.table + ", or not for this user: " + problem.what_happened, "with.table", "check its name, and that the user may read it");
  }
  std::set<std::string> names;
  for (const auto& column : answer.columns) {
    const auto wanted = asked_.schema.find(column.name);
    columns_.push_back({.name = column.name, .type = wanted != asked_.schema.end() ? wanted->second : column.exact.empty() ? "VARCHAR" : column.exact});
    if (column.name.empty()) throw mr::Failure("config", "E5076", "a column has no name", "with.query", "give it one by AS");
    if (!names.insert(small(column.name)).second) throw mr::Failure("config", "E5076", "two columns are called " + column.name, "with.query", "give one of them another name by AS; a dataset takes A for a");
    in_binary_ = in_binary_ || (dialect() == Dialect::mysql && column.exact == "FLOAT");
  }
  for (const auto& [name, type] : asked_.schema) column(name, "with.schema");
}

const SourceColumn& SqlSource::column(const std::string& name, const char* field) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(), [&](const SourceColumn& one) { return one.name == name; });
  if (found != columns_.end()) return *found;
  throw mr::Failure("config", "E5040", "the source has no column " + name, field, "was it dropped or renamed? Names are those of the database, in its letters");
}

std::optional<std::pair<database::Value, database::Value>> SqlSource::range(const std::string& column, const Rows& rows) {
  std::optional<std::pair<database::Value, database::Value>> found;
  const auto name = quoted_name(column);
  run(*connection_, "MIN(" + name + ") AS least, MAX(" + name + ") AS greatest", rows, [&](Row&& row) {
    if (!std::holds_alternative<std::monostate>(row.at(0))) found = std::pair(row.at(0), row.at(1));
    return false;
  });
  return found;
}

std::string SqlSource::list() const {
  std::string text;
  for (const auto& column : columns_) text += (text.empty() ? "" : ", ") + quoted_name(column.name);
  return text;
}

bool SqlSource::read(const std::vector<Rows>& pieces, const std::function<void(Row&&)>& take) {
  const auto what = list();
  const auto wanted = [&](const Rows& rows) { return in_binary_ ? rows.with("1 = :millrace_one", "millrace_one", int64_t{1}) : rows; };
  if (pieces.size() == 1) {
    run(*connection_, what, wanted(pieces[0]), [&](Row&& row) {
      take(std::move(row));
      return true;
    });
    return dialect() != Dialect::odbc;
  }
  std::string snapshot;
  if (dialect() == Dialect::postgres) {
    connection_->run("SELECT pg_export_snapshot()", {}, [&](Row&& row) {
      snapshot = text_of(row.at(0));
      return false;
    });
  }
  std::vector<std::unique_ptr<Connection>> more;
  for (size_t i = 1; i < pieces.size(); ++i) more.push_back(connect(snapshot));
  Pieces work(pieces.size());
  for (size_t i = 0; i < pieces.size(); ++i) {
    work.start(i == 0 ? *connection_ : *more[i - 1], [&, rows = wanted(pieces[i])](Connection& connection, const database::TakeRow& each) { run(connection, what, rows, each); });
  }
  work.take_all(take);
  return dialect() == Dialect::postgres;
}

}  // namespace mr::ingest
