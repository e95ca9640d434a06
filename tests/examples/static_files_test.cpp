// Pages are found inside their folder and never outside it.
#include "websocket/static_files.hpp"

#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace {

class StaticFilesTest : public testing::Test {
  protected:
    StaticFilesTest() {
        std::filesystem::create_directories(folder_ / "pages/vendor");
        append(folder_ / "pages/index.html", "start");
        append(folder_ / "pages/vendor/chart.js", "chart");
        append(folder_ / "pages/.npmrc", "hidden");
        append(folder_ / "secret", "secret");
        std::filesystem::create_directory(folder_ / "pages-else");
        append(folder_ / "pages-else/file", "else");
        std::filesystem::create_symlink(folder_ / "secret", folder_ / "pages/link");
    }

    TemporaryFolder folder_;
};

TEST_F(StaticFilesTest, FindsFilesAndTheIndex) {
    const backend::StaticFiles files(folder_ / "pages");
    EXPECT_EQ(files.find("/")->filename(), "index.html");
    EXPECT_EQ(files.find("/index.html")->filename(), "index.html");
    EXPECT_EQ(files.find("/vendor/chart.js")->filename(), "chart.js");
}

TEST_F(StaticFilesTest, FindsNothingElse) {
    const backend::StaticFiles files(folder_ / "pages");
    for (const auto* path :
         {"", "index.html", "/missing", "/vendor", "/vendor/", "/.npmrc", "/../secret",
          "/vendor/../../secret", "//etc/passwd", "/../pages-else/file", "/link", "/vendor/../index.html"}) {
        EXPECT_FALSE(files.find(path)) << path;
    }
}

TEST_F(StaticFilesTest, NeedsItsFolder) {
    EXPECT_THROW(backend::StaticFiles(folder_ / "nowhere"), std::filesystem::filesystem_error);
}

TEST(MediaType, KnowsWhatThePagesAreMadeOf) {
    EXPECT_EQ(backend::media_type("a.html"), "text/html; charset=utf-8");
    EXPECT_EQ(backend::media_type("a.esm.js"), "text/javascript; charset=utf-8");
    EXPECT_EQ(backend::media_type("a.min.css"), "text/css; charset=utf-8");
    EXPECT_EQ(backend::media_type("LICENSE"), "application/octet-stream");
}

}  // namespace
