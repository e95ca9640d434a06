// Reading a log that grows, is renamed away, truncated, deleted, and created late. Real files, no waiting.
#include "logtail/log_source.hpp"

#include "tests/support/temporary_folder.hpp"

#include <system_error>

#include <gtest/gtest.h>

namespace {

using logtail::LogSource;
using logtail::Place;

constexpr std::size_t plenty = 64 * 1024;

class LogSourceTest : public testing::Test {
  protected:
    std::string read(Place& place, std::size_t most = plenty) { return source_.read(place, most).value(); }

    /// As logrotate does it without copytruncate.
    void rotate() {
        std::filesystem::rename(file_, folder_ / ("old." + std::to_string(++rotations_)));
        append(file_, "");
    }

    TemporaryFolder folder_;
    std::filesystem::path file_ = folder_ / "access.log";
    LogSource source_{file_};
    int rotations_ = 0;
};

TEST_F(LogSourceTest, GivesNewLinesAsTheyComeAndWaitsForTheirEnd) {
    append(file_, "old\n");
    source_.look();
    Place place = source_.tail(0, plenty);
    EXPECT_EQ(read(place), "");
    append(file_, "one\ntwo\nthr");
    EXPECT_EQ(read(place), "one\ntwo\n");
    EXPECT_EQ(read(place), "");
    append(file_, "ee\n");
    EXPECT_EQ(read(place), "three\n");
}

TEST_F(LogSourceTest, BeginsWithTheLastLines) {
    append(file_, "one\ntwo\nthree\nunfin");
    source_.look();
    Place place = source_.tail(2, plenty);
    EXPECT_EQ(read(place), "two\nthree\n");
    append(file_, "ished\n");
    EXPECT_EQ(read(place), "unfinished\n");
}

TEST_F(LogSourceTest, ReachesBackNoFurtherThanAllowedAndToAWholeLine) {
    append(file_, "first line\nsecond line\nthird line\n");
    source_.look();
    Place place = source_.tail(3, 26);  // reaches into the first line's end
    EXPECT_EQ(read(place), "second line\nthird line\n");
}

TEST_F(LogSourceTest, WaitsForAFileThatIsNotThereYet) {
    EXPECT_EQ(source_.look(), 0u);
    Place place = source_.tail(10, plenty);
    EXPECT_EQ(read(place), "");
    append(file_, "here\n");
    source_.look();
    EXPECT_EQ(read(place), "here\n");
}

TEST_F(LogSourceTest, FinishesTheRenamedFileBeforeTheNewOne) {
    append(file_, "one\n");
    source_.look();
    Place place = source_.tail(0, plenty);
    append(file_, "two\nunfinished");
    rotate();
    append(file_, "three\n");
    source_.look();
    EXPECT_EQ(read(place), "two\n");
    EXPECT_EQ(read(place), "unfinished");
    EXPECT_EQ(read(place), "three\n");
    EXPECT_EQ(read(place), "");
}

TEST_F(LogSourceTest, GoesOnWithTheOldFileWhileTheNameIsMissing) {
    append(file_, "one\n");
    source_.look();
    Place place = source_.tail(1, plenty);
    std::filesystem::rename(file_, folder_ / "old");
    source_.look();
    append(folder_ / "old", "two\n");
    EXPECT_EQ(read(place), "one\ntwo\n");
}

TEST_F(LogSourceTest, GoesOnInADeletedAndRecreatedFile) {
    append(file_, "one\n");
    source_.look();
    Place place = source_.tail(0, plenty);
    append(file_, "two\n");
    std::filesystem::remove(file_);
    append(file_, "three\n");
    source_.look();
    EXPECT_EQ(read(place), "two\n");
    EXPECT_EQ(read(place), "three\n");
}

TEST_F(LogSourceTest, BeginsAnewAfterATruncation) {
    append(file_, "one\ntwo\n");
    source_.look();
    Place place = source_.tail(2, plenty);
    EXPECT_EQ(read(place), "one\ntwo\n");
    std::filesystem::resize_file(file_, 0);
    source_.look();
    append(file_, "after\n");
    EXPECT_EQ(read(place), "after\n");
}

TEST_F(LogSourceTest, NoticesATruncationThatWasFollowedByOtherLines) {
    append(file_, "a long line before\n");
    source_.look();
    Place place = source_.tail(0, plenty);
    std::filesystem::resize_file(file_, 0);
    append(file_, "short\n");
    source_.look();
    append(file_, "and by now longer than it was before\n");
    EXPECT_EQ(read(place), "short\nand by now longer than it was before\n");
}

TEST_F(LogSourceTest, CutsAVeryLongLineBetweenTwoCharacters) {
    append(file_,
           "12345678\xC3\xA4"
           "9\n");
    source_.look();
    Place place{1, 0};
    EXPECT_EQ(read(place, 9), "12345678");
    EXPECT_EQ(read(place, 9),
              "\xC3\xA4"
              "9\n");
}

TEST_F(LogSourceTest, ReadersDoNotDisturbEachOther) {
    append(file_, "one\ntwo\n");
    source_.look();
    Place fast = source_.tail(2, plenty);
    Place slow = fast;
    EXPECT_EQ(read(fast), "one\ntwo\n");
    rotate();
    source_.look();
    append(file_, "three\n");
    EXPECT_EQ(read(fast), "three\n");
    EXPECT_EQ(read(slow, 4), "one\n");
    EXPECT_EQ(read(slow, 4), "two\n");
    EXPECT_EQ(read(slow), "three\n");
}

TEST_F(LogSourceTest, GivesUpAReaderOnlyAfterManyRotations) {
    append(file_, "lost\n");
    source_.look();
    Place place = source_.tail(1, plenty);
    for (std::size_t i = 1; i < LogSource::kept_generations; ++i) {
        rotate();
        source_.look();
    }
    Place still_kept = place;
    EXPECT_EQ(read(still_kept), "lost\n");
    rotate();
    source_.look();
    EXPECT_EQ(source_.read(place, plenty), std::nullopt);
}

TEST_F(LogSourceTest, RefusesAFolder) {
    std::filesystem::create_directory(file_);
    EXPECT_THROW(source_.look(), std::system_error);
}

}  // namespace
