#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "worker/child/frames.hpp"

namespace millrace {
namespace {

class Frames : public testing::Test {
 protected:
  Frames() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0); }
  ~Frames() override {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  void send(std::string_view bytes) { ASSERT_EQ(::send(ends[1], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size())); }
  void hang_up() { ::close(std::exchange(ends[1], -1)); }
  int ends[2]{-1, -1};
};

TEST_F(Frames, KeepTheirOrderAndTheirBytes) {
  const std::string odd("a\0b\n", 4);
  ASSERT_TRUE(write_frame(ends[1], odd).ok());
  ASSERT_TRUE(write_frame(ends[1], "").ok());
  ASSERT_TRUE(write_frame(ends[1], "last").ok());
  EXPECT_EQ(*read_frame(ends[0]), odd);
  EXPECT_EQ(*read_frame(ends[0]), "");
  EXPECT_EQ(*read_frame(ends[0]), "last");
}

TEST_F(Frames, BeginWithFourBytesOfLengthLowestFirst) {
  ASSERT_TRUE(write_frame(ends[1], std::string(258, 'x')).ok());
  unsigned char head[4];
  ASSERT_EQ(::read(ends[0], head, 4), 4);
  EXPECT_EQ(head[0], 2);
  EXPECT_EQ(head[1], 1);
  EXPECT_EQ(head[2] + head[3], 0);
}

TEST_F(Frames, MayComeInPieces) {
  const std::string large(5'000'000, 'y');
  std::thread writer([&] { EXPECT_TRUE(write_frame(ends[1], large).ok()); });
  const auto got = read_frame(ends[0]);
  writer.join();
  ASSERT_TRUE(got.ok());
  EXPECT_TRUE(*got == large);
}

TEST_F(Frames, ThatEndTooEarlyAreErrors) {
  send(std::string("\x05\0\0\0ab", 6));
  hang_up();
  EXPECT_FALSE(read_frame(ends[0]).ok());
}

TEST_F(Frames, OfAnAbsurdLengthAreRefusedBeforeMemoryIsTaken) {
  send("\xff\xff\xff\xff");
  EXPECT_FALSE(read_frame(ends[0]).ok());
  EXPECT_FALSE(write_frame(ends[0], std::string(kMostFrame + 1, 'z')).ok());
}

TEST_F(Frames, ToAClosedSocketAreErrorsNotSignals) {
  hang_up();
  Status status;
  for (int i = 0; i < 3 && status; ++i) status = write_frame(ends[0], "x");
  EXPECT_FALSE(status.ok());
}

}  // namespace
}  // namespace millrace
