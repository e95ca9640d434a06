// The pid file: written, read, removed.
#include "proxy/lifecycle/pid_file.hpp"

#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace proxy_tests {
namespace {

using proxy::lifecycle::PidFile;
using proxy::lifecycle::read_pid;

void fill(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

TEST(PidFile, HoldsTheProcessIdUntilItsEnd) {
    const TemporaryFolder folder;
    const std::string path = folder / "t.pid";
    {
        auto file = PidFile::create(path);
        ASSERT_TRUE(file);
        EXPECT_FALSE(read_pid(path));  // it says nothing until write()
        ASSERT_FALSE(file->write());
        EXPECT_EQ(*read_pid(path), getpid());
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PidFile, ReplacesWhatAnEarlierProcessLeft) {
    const TemporaryFolder folder;
    const std::string path = folder / "t.pid";
    fill(path, "123456789012345678901234567890\n");
    auto file = PidFile::create(path);
    ASSERT_FALSE(file->write());
    EXPECT_EQ(content_of(path), std::to_string(getpid()) + "\n");
}

TEST(PidFile, MayBeMoved) {
    const TemporaryFolder folder;
    const std::string path = folder / "t.pid";
    {
        PidFile owner;
        owner = std::move(*PidFile::create(path));
        EXPECT_TRUE(std::filesystem::exists(path));
        const PidFile next(std::move(owner));
        EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PidFile, ReportsWhatCannotBeCreated) { EXPECT_FALSE(PidFile::create("/nonexistent/t.pid")); }

TEST(ReadPid, ReportsAMissingFile) {
    EXPECT_EQ(read_pid("/nonexistent/t.pid").error(), boost::system::errc::no_such_file_or_directory);
}

TEST(ReadPid, RefusesWhatIsNoProcessId) {
    const TemporaryFolder folder;
    for (const char* text : {"", "\n", "x", "-1\n", "0\n", " 1\n", "99999999999999999999\n"}) {
        fill(folder / "t.pid", text);
        EXPECT_EQ(read_pid(folder / "t.pid").error(), boost::system::errc::no_such_process) << text;
    }
}

}  // namespace
}  // namespace proxy_tests
