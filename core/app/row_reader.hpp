// The RowReader of a server: each look is an operator of its own in an attempt process, bounded in time, memory and number.
//
// Any thread.
#pragma once
#include <semaphore>

#include "app/sql_words.hpp"
#include "engine/row_reader.hpp"

namespace millrace {

class DataRowReader final : public RowReader {
 public:
  DataRowReader(std::string home, std::vector<std::string> plugin_dirs);
  Result<Json> read(const RowsRequest& request) override;
  Result<Json> try_recipe(const TrialRequest& request) override;

 private:
  static constexpr int kAtOnce = 2;
  SqlWords words_{};
  std::counting_semaphore<kAtOnce> free_{kAtOnce};
};

}  // namespace millrace
