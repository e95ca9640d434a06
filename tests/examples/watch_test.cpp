// The watch tells of every kind of change, by inotify alone: the event loop runs until it does.
#include "logtail/watch.hpp"

#include "tests/support/temporary_folder.hpp"

#include <chrono>
#include <system_error>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

class WatchTest : public testing::Test {
  protected:
    void start() {
        watch_.emplace(loop_.get_executor(), file_, source_, [this] { ++changes_; });
        place_ = source_.tail(0, 1024);
    }

    /// Everything that is read until `text` is complete; what there is after the patience ran out.
    std::string read_until(std::string_view text) {
        std::string got;
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (got.size() < text.size() && std::chrono::steady_clock::now() < deadline) {
            const int before = changes_;
            while (changes_ == before && loop_.run_one_until(deadline) == 1) {
            }
            for (std::string more = *source_.read(place_, 1024); !more.empty();
                 more = *source_.read(place_, 1024)) {
                got += more;
            }
        }
        return got;
    }

    TemporaryFolder folder_;
    std::filesystem::path file_ = folder_ / "access.log";
    logtail::LogSource source_{file_};
    boost::asio::io_context loop_{1};
    std::optional<logtail::Watch> watch_;
    logtail::Place place_;
    int changes_ = 0;
};

TEST_F(WatchTest, TellsOfNewLines) {
    append(file_, "");
    start();
    append(file_, "one\n");
    EXPECT_EQ(read_until("one\n"), "one\n");
}

TEST_F(WatchTest, TellsOfAFileThatComesLater) {
    start();
    append(file_, "one\n");
    EXPECT_EQ(read_until("one\n"), "one\n");
}

TEST_F(WatchTest, TellsOfARotation) {
    append(file_, "");
    start();
    append(file_, "one\n");
    std::filesystem::rename(file_, folder_ / "access.log.1");
    append(file_, "two\n");
    EXPECT_EQ(read_until("one\ntwo\n"), "one\ntwo\n");
    append(file_, "three\n");
    EXPECT_EQ(read_until("three\n"), "three\n");
}

TEST_F(WatchTest, TellsOfATruncation) {
    append(file_, "before\n");
    start();
    std::filesystem::resize_file(file_, 0);
    append(file_, "x\n");
    EXPECT_EQ(read_until("x\n"), "x\n");
}

TEST_F(WatchTest, TellsOfAFileMovedIntoPlace) {
    append(file_, "");
    start();
    append(folder_ / "prepared", "moved\n");
    std::filesystem::rename(folder_ / "prepared", file_);
    EXPECT_EQ(read_until("moved\n"), "moved\n");
}

TEST_F(WatchTest, NeedsTheFolder) {
    logtail::LogSource source(folder_ / "nowhere/access.log");
    EXPECT_THROW(logtail::Watch(loop_.get_executor(), folder_ / "nowhere/access.log", source, [] {}),
                 std::system_error);
}

}  // namespace
