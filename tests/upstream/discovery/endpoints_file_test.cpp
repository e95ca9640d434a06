// A file of endpoints: looked at, and watched while it is replaced, broken and removed.
#include "upstream/discovery/endpoints_file.hpp"

#include "tests/support/temporary_folder.hpp"
#include "tests/upstream/discovery/fake_outside.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using upstream::EndpointsFile;

class EndpointsFiles : public testing::Test {
  protected:
    EndpointsFiles() {
        settings.name = "pool";
        settings.endpoints_file = folder / "endpoints";
        file = std::make_shared<EndpointsFile>(settings);
    }

    void replace(const std::string& text) { ::replace(settings.endpoints_file, text); }

    static std::vector<std::string> names(const std::vector<config::Endpoint>& endpoints) {
        std::vector<std::string> names;
        for (const auto& endpoint : endpoints) names.push_back(endpoint.name);
        return names;
    }

    void watch() {
        file->watch(outside.loop, [this](const auto& endpoints) { found = names(endpoints); });
    }

    // Until inotify has told of something: a moment after that it is looked at.
    void expect_event() {
        ASSERT_GT(outside.context.run_one_for(20s), 0u) << "no event came";
        outside.context.poll();
        outside.advance(20ms);
    }

    FakeOutside outside;
    TemporaryFolder folder;
    config::Upstream settings;
    std::shared_ptr<EndpointsFile> file;
    std::vector<std::string> found;
};

TEST_F(EndpointsFiles, AreReadOnceForEachChange) {
    replace("127.0.0.1:80\n127.0.0.2:80 weight=2\n");
    const auto first = file->look();
    ASSERT_TRUE(first.endpoints);
    EXPECT_THAT(names(*first.endpoints), ElementsAre("127.0.0.1:80", "127.0.0.2:80"));
    EXPECT_EQ((*first.endpoints)[1].weight, 2u);
    EXPECT_FALSE(file->look().endpoints);
    replace("127.0.0.3:80\n");
    EXPECT_THAT(names(*file->look().endpoints), ElementsAre("127.0.0.3:80"));
}

TEST_F(EndpointsFiles, ThatAreMissingAreToldOfOnce) {
    EXPECT_THAT(file->look().problems,
                ElementsAre(settings.endpoints_file + ": error: cannot be read: No such file or directory"));
    EXPECT_THAT(file->look().problems, IsEmpty());
}

TEST_F(EndpointsFiles, WithMistakesNameTheLine) {
    replace("127.0.0.1:80\n127.0.0.2:x\n");
    const auto look = file->look();
    EXPECT_FALSE(look.endpoints);
    ASSERT_EQ(look.problems.size(), 1u);
    EXPECT_THAT(look.problems[0], HasSubstr(settings.endpoints_file + ":2:1: error: invalid port \"x\""));
}

TEST_F(EndpointsFiles, AreSeenWhenAnotherTakesTheirPlace) {
    replace("127.0.0.1:80\n");
    watch();
    EXPECT_THAT(found, ElementsAre("127.0.0.1:80"));
    replace("127.0.0.2:80\n");
    expect_event();
    EXPECT_THAT(found, ElementsAre("127.0.0.2:80"));
}

TEST_F(EndpointsFiles, AreSeenWhenTheyAreWrittenTo) {
    replace("127.0.0.1:80\n");
    watch();
    std::ofstream(settings.endpoints_file) << "127.0.0.2:80\n127.0.0.3:80\n";
    expect_event();
    EXPECT_THAT(found, ElementsAre("127.0.0.2:80", "127.0.0.3:80"));
}

TEST_F(EndpointsFiles, AreSeenWhenTheyCome) {
    watch();
    EXPECT_THAT(found, IsEmpty());
    replace("127.0.0.1:80\n");
    expect_event();
    EXPECT_THAT(found, ElementsAre("127.0.0.1:80"));
}

TEST_F(EndpointsFiles, ThatGoOrBreakChangeNothingAndAreLogged) {
    replace("127.0.0.1:80\n");
    watch();
    std::filesystem::remove(settings.endpoints_file);
    expect_event();
    EXPECT_THAT(outside.log,
                ElementsAre(HasSubstr("cannot be read"), HasSubstr("what was last read of that file stays")));
    replace("127.0.0.1:80 wieght=3\n");
    expect_event();
    EXPECT_THAT(outside.log.at(2), HasSubstr("endpoints:1:14: error: unknown or unsupported parameter"));
    EXPECT_THAT(found, ElementsAre("127.0.0.1:80"));
    replace("127.0.0.2:80\n");
    expect_event();
    EXPECT_THAT(found, ElementsAre("127.0.0.2:80"));
}

// A config map of Kubernetes: the file is a link into a folder that is itself a link, and only that one
// changes.
TEST_F(EndpointsFiles, AreSeenBehindALinkThatIsReplaced) {
    for (const char* name : {"first", "second"}) std::filesystem::create_directory(folder / name);
    append(folder / "first" / "endpoints", "127.0.0.1:80\n");
    append(folder / "second" / "endpoints", "127.0.0.2:80\n");
    std::filesystem::create_symlink("first", folder / "data");
    std::filesystem::create_symlink("data/endpoints", settings.endpoints_file);
    watch();
    EXPECT_THAT(found, ElementsAre("127.0.0.1:80"));
    std::filesystem::create_symlink("second", folder / "new");
    std::filesystem::rename(folder / "new", folder / "data");
    expect_event();
    EXPECT_THAT(found, ElementsAre("127.0.0.2:80"));
}

TEST_F(EndpointsFiles, AreFoundInAFolderThatComesLater) {
    std::filesystem::remove_all(folder.path());
    watch();
    std::filesystem::create_directory(folder.path());
    replace("127.0.0.1:80\n");
    EXPECT_THAT(found, IsEmpty());
    outside.advance(5s);
    EXPECT_THAT(found, ElementsAre("127.0.0.1:80"));
    replace("127.0.0.2:80\n");
    expect_event();
    EXPECT_THAT(found, ElementsAre("127.0.0.2:80"));
}

TEST_F(EndpointsFiles, MayGoWhileTheyAreWatched) {
    watch();
    replace("127.0.0.1:80\n");
    file.reset();
    outside.context.run_for(20s);
    outside.advance(1h);
    EXPECT_THAT(found, IsEmpty());
}

}  // namespace
}  // namespace upstream_tests
