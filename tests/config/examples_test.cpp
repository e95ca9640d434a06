// Configurations that users copy: the examples, whose pairs say the same in both syntaxes, and those in the
// README.
#include "config/loader.hpp"
#include "config/printer.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config_tests {
namespace {

// Unknown host names, those of the compose network, are warnings: there is a model all the same.
config::Model load(const std::string& file) {
    config::LoadOptions options;
    options.prefix = "/prefix";
    const auto loaded = config::load(CONFIG_EXAMPLES "/" + file, options);
    if (!loaded.model) throw std::runtime_error(render(loaded.diagnostics.front()));
    return *loaded.model;
}

// The one pair in which each form is what its users write, and leaves the rest to the defaults of its syntax.
constexpr const char* unequal = "tornado";

std::set<std::string> equal_pairs() {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(CONFIG_EXAMPLES)) {
        names.insert(entry.path().stem().string());
    }
    names.erase(unequal);
    return names;
}

class ExamplePair : public testing::TestWithParam<std::string> {};

TEST_P(ExamplePair, LoadsToOneModel) {
    const auto nginx = load(GetParam() + ".conf");
    const auto toml = load(GetParam() + ".toml");
    EXPECT_EQ(config::print_toml(nginx), config::print_toml(toml));
    EXPECT_TRUE(nginx == toml);
}

INSTANTIATE_TEST_SUITE_P(All, ExamplePair, testing::ValuesIn(equal_pairs()),
                         [](const auto& parameter) { return parameter.param; });

void take_defaults_of_syntax(config::LocationSettings& settings, const config::LocationSettings& from) {
    settings.proxy_set_header = from.proxy_set_header;
    settings.proxy_websocket = from.proxy_websocket;
    settings.proxy_forwarded = from.proxy_forwarded;
    settings.tunnel_idle_timeout = from.tunnel_idle_timeout;
}

TEST(TornadoExamples, DifferOnlyInTheDefaultsOfTheirSyntax) {
    const auto nginx = load(unequal + std::string(".conf"));
    auto toml = load(unequal + std::string(".toml"));
    ASSERT_EQ(toml.servers.size(), 1U);
    ASSERT_EQ(toml.servers[0].locations.size(), 1U);
    take_defaults_of_syntax(toml.servers[0].settings, nginx.servers.at(0).settings);
    take_defaults_of_syntax(toml.servers[0].locations[0].settings,
                            nginx.servers.at(0).locations.at(0).settings);
    EXPECT_EQ(config::print_toml(nginx), config::print_toml(toml));
    EXPECT_TRUE(nginx == toml);
}

// Blocks fenced as `language`, in order.
std::vector<std::string> blocks_of_readme(const std::string& language) {
    std::ifstream readme(CONFIG_README);
    std::vector<std::string> blocks;
    bool inside = false;
    for (std::string line; std::getline(readme, line);) {
        if (line == "```" + language) {
            inside = true;
            blocks.emplace_back();
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            blocks.back() += line + '\n';
        }
    }
    return blocks;
}

TEST(Readme, ShowsNothingThatIsRefused) {
    for (const auto& [language, file] :
         {std::pair("nginx", "readme.conf"), std::pair("toml", "readme.toml")}) {
        const auto blocks = blocks_of_readme(language);
        EXPECT_GE(blocks.size(), 2U) << language;
        for (const auto& block : blocks) {
            const auto loaded = config::load_text(file, block, {});
            for (const auto& diagnostic : loaded.diagnostics) ADD_FAILURE() << render(diagnostic);
            EXPECT_NE(loaded.model, nullptr) << block;
        }
    }
}

}  // namespace
}  // namespace config_tests
