// The Dags of the world that is being played, by what stands for their text.
#pragma once
#include <map>
#include <string>

#include "model/dag.hpp"

namespace millrace::sim {

class Shelf {
 public:
  void clear() { dags_.clear(); }
  void put(Dag& dag) {
    dag.source = dag.name + " " + dag.version;
    dags_.insert_or_assign(dag.source, dag);
  }
  const Dag* find(std::string_view text) const {
    const auto found = dags_.find(text);
    return found == dags_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Dag, std::less<>> dags_{};
};

inline Shelf& shelf() {
  static Shelf one;
  return one;
}

}  // namespace millrace::sim
