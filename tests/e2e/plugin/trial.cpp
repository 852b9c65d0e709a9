// Operators that no user gets to see, for tests of what a server lends to plugins.
#include <fstream>
#include <string>

#include "sdk/millrace_datasets.hpp"

namespace {

struct Sum {
  static constexpr auto type = "trial.sum", version = "1.0.0", summary = "Adds up a column of a dataset, read as an Arrow stream.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "All amounts", "config": {"from": "raw.numbers", "column": "i"}}])";
  struct Config {
    std::string from{}, column{}, gate{};
  };
  static constexpr auto config = mr::fields(mr::field("from", &Config::from, "The dataset.").needed().reads(), mr::field("column", &Config::column, "A column of integers.").needed(),
                                            mr::field("gate", &Config::gate, "A FIFO: nothing is read before somebody has written to it."));

  void run(const Config& c, mr::Attempt& attempt) {
    if (!c.gate.empty()) {
      attempt.info("at the gate");
      std::ifstream gate(c.gate);
      std::string word;
      gate >> word;
      if (word == "again") throw mr::RetryError("sent back at the gate");
    }
    int64_t sum = 0, rows = 0;
    for (const auto& batch : mr::rows(attempt, c.from)) {
      const auto numbers = batch.column<int64_t>(c.column);
      for (int64_t row = 0; row < batch.size(); ++row) sum += numbers[row].value_or(0);
      rows += batch.size();
    }
    attempt.output("sum", sum);
    attempt.output("rows", rows);
    attempt.output("snapshot", mr::dataset(attempt, c.from).snapshot);
  }
};

}  // namespace

MR_PLUGIN("trial", "1.0.0", "Apache-2.0", Sum)
