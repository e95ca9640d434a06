// Runs every golden case: diagnostics, printed model, both forms alike, and the printed model read again.
#include "case_file.hpp"
#include "config/printer.hpp"

#include <algorithm>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config_tests {
namespace {

std::string trimmed(const std::string& line) {
    const auto first = line.find_first_not_of(' ');
    return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        if (!trimmed(line).empty()) lines.push_back(trimmed(line));
    }
    return lines;
}

// Every expected line appears, in this order.
void expect_lines_in_order(const std::string& text, const std::string& expected) {
    const auto lines = lines_of(text);
    auto at = lines.begin();
    for (const auto& line : lines_of(expected)) {
        const auto found = std::find(at, lines.end(), line);
        ASSERT_NE(found, lines.end()) << "missing, or not in this order: " << line << "\nin\n" << text;
        at = std::next(found);
    }
}

void expect_same_after_printing(const config::Model& model) {
    const std::string text = config::print_toml(model);
    const auto again = config::load_text("printed.toml", text, {});
    ASSERT_NE(again.model, nullptr) << render(again.diagnostics.front()) << '\n' << text;
    EXPECT_TRUE(*again.model == model) << text << "\nbecame\n" << config::print_toml(*again.model);
}

class GoldenCase : public testing::TestWithParam<CaseFile> {};

TEST_P(GoldenCase, Holds) {
    const CaseFile& file = GetParam();
    const UnpackedCase unpacked(file);
    const auto nginx = unpacked.load("nginx");
    const auto toml = unpacked.load("toml");
    ASSERT_TRUE(nginx || toml) << "the case has no configuration";
    for (const auto& [syntax, outcome] : {std::pair("nginx", &nginx), std::pair("toml", &toml)}) {
        SCOPED_TRACE(syntax);
        if (!outcome->has_value()) continue;
        const auto& [loaded, diagnostics] = **outcome;
        EXPECT_EQ(diagnostics, file.section(std::string(syntax) + " diagnostics"));
        if (!loaded.model) continue;
        expect_same_after_printing(*loaded.model);
        expect_lines_in_order(config::print_toml(*loaded.model), file.section("model"));
    }
    if (file.has("model")) {
        EXPECT_TRUE((nginx && nginx->loaded.model) || (toml && toml->loaded.model)) << "no model to look at";
    }
    if (nginx && toml && nginx->loaded.model && toml->loaded.model) {
        EXPECT_TRUE(*nginx->loaded.model == *toml->loaded.model)
            << "nginx:\n"
            << config::print_toml(*nginx->loaded.model) << "\nTOML:\n"
            << config::print_toml(*toml->loaded.model);
    }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenCase, testing::ValuesIn(read_cases()), [](const auto& parameter) {
    std::string name = parameter.param.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

}  // namespace
}  // namespace config_tests
