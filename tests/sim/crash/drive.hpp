// The file under a world (sim/house): a SqliteStore on the disk that fails, of which every leader gets a store of its own.
#pragma once
#include <string>

#include "faulty_vfs.hpp"
#include "house/seat.hpp"
#include "picture.hpp"

namespace millrace::testing {

class FaultyDrive final : public sim::Drive {
 public:
  FaultyDrive(std::string file, Names names, Fault fault, int64_t at);

  Result<std::unique_ptr<Store>> open(TimePoint now) override;
  bool lost() const override { return disk_ended(); }
  void restart() override;
  void refused() override;
  bool alike(Store& real, Store& model, int64_t runs) override;

  int restarts() const { return restarts_; }
  int refusals() const { return refusals_; }
  const std::string& difference() const { return difference_; }  // of the two stores that were compared last

 private:
  static constexpr int kRefusalsUntilThereIsRoom = 3;

  std::string file_;
  Names names_;
  int restarts_ = 0, refusals_ = 0;
  std::string difference_{};
};

}  // namespace millrace::testing
