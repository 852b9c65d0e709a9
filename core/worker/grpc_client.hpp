// The worker's end of the stream to the server. One stream at a time; whoever uses it asks for the next one.
//
// send(), queue() and flush() from any thread, the rest from the worker's loop. What arrives is kept until take(); fd() is readable then.
// Errors: none; a stream that can't be opened or breaks is a Down event.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "tls/identity.hpp"
#include "worker.pb.h"

namespace millrace {

class Link final {
 public:
  struct Event {
    bool down = false;
    std::string why{};                // of down; empty: ended in order
    bool unreached = false;           // of down: the server was not there, or not let be one by us
    worker::v1::ToWorker message{};   // otherwise
  };

  explicit Link(const std::string& address, const tls::Peer* peer = nullptr);  // without a peer: plain text
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void connect(worker::v1::FromWorker first);  // only while there is no stream
  bool send(worker::v1::FromWorker message);   // false: there is no stream
  bool queue(worker::v1::FromWorker message);  // the same; it goes out with what is sent next, or by flush()
  void flush();
  void finish();                               // ends the stream after what waits
  std::vector<Event> take();
  int fd() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
