// Log files: appending, reopening after rotation, sharing.
#include "proxy/observe/log_file.hpp"

#include <filesystem>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace proxy_tests {
namespace {

using proxy::observe::LogFile;
using proxy::observe::LogFiles;

TEST(LogFile, AppendsLines) {
    const TemporaryFolder folder;
    (*LogFile::open(folder / "a.log"))->write_line("one");
    (*LogFile::open(folder / "a.log"))->write_line("two");
    EXPECT_EQ(content_of(folder / "a.log"), "one\ntwo\n");
}

TEST(LogFile, GoesOnInANewFileAfterARotation) {
    const TemporaryFolder folder;
    const auto file = *LogFile::open(folder / "a.log");
    file->write_line("one");
    std::filesystem::rename(folder / "a.log", folder / "a.log.1");
    file->write_line("two");
    EXPECT_FALSE(file->reopen());
    file->write_line("three");
    EXPECT_EQ(content_of(folder / "a.log.1"), "one\ntwo\n");
    EXPECT_EQ(content_of(folder / "a.log"), "three\n");
}

TEST(LogFile, StaysWithTheOldFileWhenTheNewOneCannotBeOpened) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "logs");
    const auto file = *LogFile::open(folder / "logs/a.log");
    std::filesystem::rename(folder / "logs", folder / "moved");
    EXPECT_TRUE(file->reopen());
    file->write_line("still here");
    EXPECT_EQ(content_of(folder / "moved/a.log"), "still here\n");
}

TEST(LogFile, ReportsWhatCannotBeOpened) {
    const auto file = LogFile::open("/nonexistent/a.log");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error(), boost::system::errc::no_such_file_or_directory);
}

TEST(LogFile, KeepsLinesOfSeveralThreadsWhole) {
    const TemporaryFolder folder;
    const auto file = *LogFile::open(folder / "a.log");
    std::vector<std::thread> threads;
    for (const char letter : {'a', 'b', 'c', 'd'})
        threads.emplace_back([file, line = std::string(100, letter)] {
            for (int i = 0; i < 500; ++i) file->write_line(line);
        });
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(file->reopen());
    for (std::thread& thread : threads) thread.join();
    std::istringstream lines(content_of(folder / "a.log"));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) EXPECT_EQ(line, std::string(100, line.at(0)));
    EXPECT_EQ(count, 2000u);
}

TEST(LogFiles, OpenAPathOnce) {
    const TemporaryFolder folder;
    LogFiles files;
    EXPECT_EQ(*files.open(folder / "a.log"), *files.open(folder / "a.log"));
    EXPECT_EQ(files.all().size(), 1u);
}

TEST(LogFiles, ForgetWhatNobodyUses) {
    const TemporaryFolder folder;
    LogFiles files;
    const auto used = *files.open(folder / "a.log");
    ASSERT_TRUE(files.open(folder / "b.log"));
    files.forget_unused();
    ASSERT_EQ(files.all().size(), 1u);
    EXPECT_EQ(files.all().begin()->second, used);
}

}  // namespace
}  // namespace proxy_tests
