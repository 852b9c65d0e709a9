// Between tasks: whose turn it is to write a dataset. Pure; of one turn of the engine; borrows the tasks for its life.
//
// What takes the place of a dataset's rows (modes replace, merge, scd2) starts from what is there, so its work is lost when another commit comes
// first: it is let in when nobody else writes the dataset, and keeps the others out. Appends, and partitions that are written anew, go together:
// their rare conflicts are found at the commit (catalog/rules.hpp).
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "model/dag.hpp"

namespace millrace {

class WriteTurns {
 public:
  void hold(const Task& task);  // an attempt of it is at work

  // True: it is at work from now on. False: it has to wait; when it wants a dataset for itself, those asked for after it wait as well, or a
  // stream of appends would pass it for ever. `moved`: datasets with a commit that can't be read yet.
  bool admit(const Task& task, const std::set<std::string>& moved);

 private:
  struct Use {
    int writers = 0;
    bool alone = false;   // the one writer is for itself
    bool wanted = false;  // somebody waits to be alone with it
  };
  std::map<std::string_view, Use> uses_{};
};

bool writes_alone(const Task& task, const std::string& dataset);

}  // namespace millrace
