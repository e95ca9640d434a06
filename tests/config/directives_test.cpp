// The directive table as a whole: every row has a golden case in both syntaxes, and the documentation names
// it.
#include "config/directives.hpp"

#include "case_file.hpp"
#include "config/nginx_parser.hpp"
#include "config/toml_reader.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config_tests {
namespace {

using config::Context;
using config::Contexts;
using config::Directive;
using config::Node;
using config::Syntax;

using Rows = std::set<const Directive*>;

void collect(const std::vector<Node>& nodes, Contexts contexts, Syntax syntax, Rows& rows) {
    for (const auto& node : nodes) {
        const auto* row = config::find_directive(node.name, contexts, syntax);
        if (!row) continue;
        rows.insert(row);
        if (row->is_block()) collect(node.children, *row->opens, syntax, rows);
    }
}

// The rows that the valid cases of one syntax use.
Rows rows_in_cases(Syntax syntax) {
    Rows rows;
    for (const auto& file : read_cases()) {
        const UnpackedCase unpacked(file);
        const auto outcome = unpacked.load(syntax == Syntax::nginx ? "nginx" : "toml");
        if (!outcome || !outcome->loaded.model) continue;
        for (const auto& source : outcome->loaded.sources) {
            config::Report report;
            config::SourceReader reader(report, config::Includes::read);
            const auto number = reader.add_text(source.name, source.text);
            const auto nodes = syntax == Syntax::nginx
                                   ? parse_nginx(number, unpacked.directory().string(), report, reader)
                                   : read_toml(number, report, reader);
            collect(nodes, Context::main | Context::http, syntax, rows);
        }
        const bool has_include = outcome->loaded.sources.size() > 1;
        if (has_include) rows.insert(config::find_directive("include", Context::main, syntax));
    }
    return rows;
}

class DirectiveTable : public testing::TestWithParam<Syntax> {};

TEST_P(DirectiveTable, EveryRowHasAGoldenCase) {
    const auto used = rows_in_cases(GetParam());
    for (const auto& row : config::directives()) {
        EXPECT_TRUE(used.contains(&row)) << "no valid case uses " << row.name_in(GetParam());
    }
}

INSTANTIATE_TEST_SUITE_P(BothSyntaxes, DirectiveTable, testing::Values(Syntax::nginx, Syntax::toml));

TEST(DirectiveRows, EveryRowIsComplete) {
    for (const auto& row : config::directives()) {
        EXPECT_NE(row.is_block(), row.set != nullptr) << row.name;
        EXPECT_FALSE(row.documentation.empty()) << row.name;
        EXPECT_EQ(row.arity.max == 0, row.arguments.empty()) << row.name;
    }
}

TEST(DirectiveRows, NamesAreUniqueInEachContext) {
    for (const auto syntax : {Syntax::nginx, Syntax::toml}) {
        for (const auto context : {Context::main, Context::events, Context::http, Context::match, Context::upstream,
                                   Context::server, Context::location}) {
            auto names = config::directive_names(context, syntax);
            const std::set<std::string_view> unique(names.begin(), names.end());
            EXPECT_EQ(unique.size(), names.size());
        }
    }
}

TEST(DirectiveRows, NoRowIsAlsoCalledUnsupported) {
    for (const auto& row : config::directives())
        EXPECT_FALSE(config::is_known_to_nginx(row.name)) << row.name;
}

TEST(DirectiveReference, HasALineForEachRow) {
    const auto text = config::directive_reference();
    for (const auto& row : config::directives()) {
        EXPECT_THAT(text, testing::HasSubstr("| `" + std::string(row.name) + '`')) << row.name;
    }
    EXPECT_THAT(text,
                testing::HasSubstr(
                    "| `proxy_buffering` | on \\| off | http, server, location | Accepted, no effect."));
}

}  // namespace
}  // namespace config_tests
