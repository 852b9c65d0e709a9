// Every Dag version that a run may need: today's from the folder, older ones from the store.
//
// Used by the engine's thread only. A Dag stays where it is for the life of the book, so runs may borrow it.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/store.hpp"
#include "model/operator.hpp"

namespace millrace {

class DagBook {
 public:
  DagBook(Store& store, const OperatorList& operators) : store_(store), operators_(operators) {}

  // Makes these today's versions and keeps them in the store; a Dag that is not among them can't be started any more.
  Status update(std::vector<Dag> dags, TimePoint now);
  // A version that no folder has. It can be run, but not started by its name.
  Result<const Dag*> keep(Dag dag, TimePoint now);
  const Dag* today(const std::string& name) const;                       // nullptr: no such Dag
  Result<const Dag*> version(const std::string& name, const std::string& version);
  std::vector<const Dag*> all() const;                                   // today's, by name

 private:
  Store& store_;
  const OperatorList& operators_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<const Dag>> versions_{};
  std::map<std::string, const Dag*> today_{};
};

}  // namespace millrace
