// The bounded history, its file format, and the model that fills it.
#include "trend/history.hpp"

#include "tests/support/temporary_folder.hpp"
#include "trend/load_model.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace {

using trend::History;

TEST(History, NumbersSamplesAndLetsTheOldestGoFirst) {
    History history(3);
    EXPECT_EQ(history.begin(), history.end());
    for (int i = 0; i < 5; ++i) history.append({static_cast<double>(i), 0});
    EXPECT_EQ(history.begin(), 2u);
    EXPECT_EQ(history.end(), 5u);
    EXPECT_EQ(history[2].time, 2);
    EXPECT_EQ(history[4].time, 4);
    EXPECT_EQ(history.samples().size(), 3u);
}

TEST(History, LoadsLinesOfSecondsAndValue) {
    const TemporaryFolder folder;
    append(folder / "load.csv", "1700000000.5,12.25\n1700000001,-3\r\n1700000002,1e2\n");
    History history(10);
    trend::load_csv(folder / "load.csv", history);
    ASSERT_EQ(history.end(), 3u);
    EXPECT_EQ(history[0], (trend::Sample{1700000000.5, 12.25F}));
    EXPECT_EQ(history[1], (trend::Sample{1700000001, -3}));
    EXPECT_EQ(history[2], (trend::Sample{1700000002, 100}));
}

TEST(History, NamesTheLineItCannotRead) {
    const TemporaryFolder folder;
    for (const auto* bad : {"x,1", "3", "3,", "3,1,2", "3 1", "", "2,5", "1,5", "nan,1"}) {
        const auto file = folder / "bad.csv";
        std::filesystem::remove(file);
        append(file, std::string("1,1\n2,2\n") + bad + "\n");
        History history(10);
        try {
            trend::load_csv(file, history);
            FAIL() << "accepted: " << bad;
        } catch (const std::runtime_error& problem) {
            EXPECT_NE(std::string(problem.what()).find("bad.csv:3:"), std::string::npos) << problem.what();
        }
    }
    History history(10);
    EXPECT_THROW(trend::load_csv(folder / "missing.csv", history), std::runtime_error);
}

TEST(LoadModel, GivesTheSameForTheSameSeed) {
    trend::LoadModel one(7);
    trend::LoadModel same(7);
    trend::LoadModel other(8);
    int different = 0;
    for (int i = 0; i < 1000; ++i) {
        const float value = one.next(i);
        ASSERT_EQ(value, same.next(i));
        different += value != other.next(i) ? 1 : 0;
    }
    EXPECT_GT(different, 900);
}

TEST(LoadModel, StaysBetween0And100AndMoves) {
    trend::LoadModel model(1);
    float least = 100;
    float most = 0;
    for (int i = 0; i < 300'000; ++i) {
        const float value = model.next(i);
        least = std::min(least, value);
        most = std::max(most, value);
    }
    EXPECT_GE(least, 0);
    EXPECT_LE(most, 100);
    EXPECT_GT(most - least, 30);
}

}  // namespace
