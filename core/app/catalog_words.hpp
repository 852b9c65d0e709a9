// What the command line shows of datasets and positions, and does to them by hand.
//
// One thread; the value is the exit code.
#pragma once
#include <string>
#include <vector>

#include "api/client.hpp"
#include "app/commands.hpp"

namespace millrace {

struct CatalogWords {
  std::string dataset{}, from{}, to{}, at{}, where{}, columns{};
  std::string source{}, key{}, value{}, to_run{};
  std::vector<std::string> files{};  // Parquet, where the workers are
  bool keep_positions = false, keep_rows = false;
  int limit = 100, sample = 20;
};

int show_history(Client& client, const CatalogWords& words, Output output);
int show_diff(Client& client, const CatalogWords& words, Output output);
int show_rows(Client& client, const CatalogWords& words, Output output);
int show_sample(Client& client, const CatalogWords& words, Output output);
int restore_dataset(Client& client, const CatalogWords& words, Output output);
int register_files(Client& client, const CatalogWords& words, Output output);
int drop_dataset(Client& client, const CatalogWords& words, Output output);

int show_sources(Client& client, const CatalogWords& words, Output output);
int show_positions(Client& client, const CatalogWords& words, Output output);
int show_moves(Client& client, const CatalogWords& words, Output output);
int rewind_positions(Client& client, const CatalogWords& words, Output output);
int set_position(Client& client, const CatalogWords& words, Output output);

}  // namespace millrace
