// Loading from disk: files that cannot be read, -g, prefixes, bounds on includes.
#include "config/loader.hpp"

#include "case_file.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config_tests {
namespace {

using config::load_text;
using config::LoadOptions;
using testing::HasSubstr;
using testing::IsNull;
using testing::NotNull;
using testing::SizeIs;

std::string all(const config::Loaded& loaded) {
    std::string text;
    for (const auto& diagnostic : loaded.diagnostics) text += render(diagnostic) + '\n';
    return text;
}

TEST(Load, TellsAboutAFileThatIsNotThere) {
    const auto loaded = config::load("/nonexistent/tidegate.conf", {});
    EXPECT_THAT(loaded.model, IsNull());
    EXPECT_EQ(
        all(loaded),
        "/nonexistent/tidegate.conf: error: cannot be read: No such file or directory\n");
}

TEST(Load, TellsAboutADirectory) {
    const auto loaded = config::load("/", {});
    EXPECT_EQ(all(loaded), "/: error: cannot be read: it is a directory\n");
}

TEST(Load, LeavesADeviceWithoutAnEnd) {
    EXPECT_THAT(all(config::load("/dev/zero", {})), HasSubstr("it is larger than 4 MiB"));
}

TEST(Load, AnEmptyFileIsAModelWithoutServers) {
    for (const auto* name : {"a.conf", "a.toml"}) {
        const auto loaded = load_text(name, "", {});
        ASSERT_THAT(loaded.model, NotNull()) << name;
        EXPECT_EQ(*loaded.model, config::Model{}) << name;
    }
}

TEST(Load, ToRunAnEmptyFileIsNotEnough) {
    LoadOptions to_run;
    to_run.to_run = true;
    for (const auto& [name, text] : {std::pair("a.conf", ""), {"a.conf", "events { }"}, {"a.toml", ""}}) {
        const auto loaded = load_text(name, text, to_run);
        EXPECT_THAT(loaded.model, IsNull());
        EXPECT_THAT(all(loaded), HasSubstr(std::string(name) + ":1:1: error: no server is configured, so nothing would listen"));
    }
    EXPECT_THAT(load_text("a.conf", "http { server { } }", to_run).model, NotNull());
    // One error is enough: what is missing may stand where the other one is.
    EXPECT_THAT(load_text("a.conf", "bogus on;", to_run).diagnostics, SizeIs(1));
}

TEST(Load, TakesGlobalsInBothSyntaxes) {
    LoadOptions options;
    options.prefix = "/p";
    options.globals = "pid x.pid; daemon on;";
    for (const auto* name : {"a.conf", "a.toml"}) {
        const auto loaded = load_text(name, "", options);
        ASSERT_THAT(loaded.model, NotNull()) << all(loaded);
        EXPECT_EQ(loaded.model->pid, "/p/x.pid");
        EXPECT_TRUE(loaded.model->daemon);
        EXPECT_THAT(loaded.sources, SizeIs(1));
    }
}

TEST(Load, GlobalsDoNotOverrideTheFile) {
    LoadOptions options;
    options.globals = "daemon on;";
    const auto loaded = load_text("a.conf", "daemon off;", options);
    EXPECT_EQ(all(loaded),
              "command line:1:1: error: \"daemon\" is written twice\ndaemon on;\n^\n"
              "hint: the first one is at a.conf:1\n");
}

TEST(Load, MakesRelativePathsAbsoluteAgainstTheWorkingDirectory) {
    const auto loaded = load_text("a.conf", "pid run/x.pid; error_log logs/e.log;", {});
    ASSERT_THAT(loaded.model, NotNull());
    EXPECT_EQ(loaded.model->pid, (std::filesystem::current_path() / "run/x.pid").string());
    EXPECT_EQ(loaded.model->error_log.path, (std::filesystem::current_path() / "logs/e.log").string());
}

// As in nginx: they stand beside the configuration, wherever the prefix is.
TEST(Load, FindsFilesOfTlsBesideTheMainFile) {
    CaseFile file;
    file.name = "tls";
    file.sections["nginx"] = "include conf.d/a;\n";
    file.sections["file conf.d/a"] =
        "server { listen 443 ssl; ssl_certificate tls/a.pem; ssl_certificate_key ../a.key; ssl_crl /a.crl;"
        " location / { proxy_pass https://127.0.0.1; proxy_ssl_trusted_certificate ca.pem; } }\n";
    const UnpackedCase unpacked(file);
    const auto outcome = unpacked.load("nginx");
    ASSERT_TRUE(outcome);
    ASSERT_THAT(outcome->loaded.model, NotNull()) << outcome->diagnostics;
    const auto& server = outcome->loaded.model->servers.front();
    const auto directory = unpacked.directory();
    ASSERT_THAT(server.tls.certificates, SizeIs(1));
    EXPECT_EQ(server.tls.certificates.front().chain, (directory / "tls/a.pem").string());
    EXPECT_EQ(server.tls.certificates.front().key, (directory.parent_path() / "a.key").string());
    EXPECT_EQ(server.tls.crl, "/a.crl");
    ASSERT_THAT(server.locations, SizeIs(1));
    EXPECT_EQ(server.locations.front().settings.proxy_ssl.trusted_certificate,
              (directory / "ca.pem").string());
}

TEST(Load, TellsOnceWhatIsWrongOnALevelThatSeveralInherit) {
    const auto loaded =
        load_text("a.conf", "ssl_certificate /a.pem; server { listen 81; } server { listen 82; }", {});
    EXPECT_THAT(loaded.diagnostics, SizeIs(1)) << all(loaded);
    EXPECT_THAT(all(loaded), HasSubstr("this certificate has no ssl_certificate_key"));
}

struct ProxyHostRow {
    const char* url;
    const char* host;
};

class ProxyHost : public testing::TestWithParam<ProxyHostRow> {};

// nginx: the port is left out where it is the default one of the scheme.
TEST_P(ProxyHost, FollowsFromTheUrl) {
    const std::string text =
        std::string("upstream pool { server 127.0.0.1; } server { location / { proxy_pass ") +
        GetParam().url + "; } }";
    const auto loaded = load_text("a.conf", text, {});
    ASSERT_THAT(loaded.model, NotNull()) << all(loaded);
    const auto& pass = loaded.model->servers.front().locations.front().settings.proxy_pass;
    ASSERT_TRUE(pass);
    EXPECT_EQ(pass->host, GetParam().host);
    EXPECT_EQ(pass->tls, std::string(GetParam().url).starts_with("https"));
}

INSTANTIATE_TEST_SUITE_P(Table, ProxyHost,
                         testing::Values(ProxyHostRow{"http://a.example", "a.example"},
                                         ProxyHostRow{"http://a.example:80", "a.example"},
                                         ProxyHostRow{"http://a.example:443", "a.example:443"},
                                         ProxyHostRow{"https://a.example", "a.example"},
                                         ProxyHostRow{"https://a.example:443/x", "a.example"},
                                         ProxyHostRow{"https://a.example:80", "a.example:80"},
                                         ProxyHostRow{"https://[::1]", "[::1]"},
                                         ProxyHostRow{"https://unix:/run/s.sock:/x", "localhost"},
                                         ProxyHostRow{"https://pool", "pool"}));

TEST(Load, RefusesASocketPathThatThePrefixMakesTooLong) {
    LoadOptions options;
    options.prefix = '/' + std::string(100, 'p');
    const auto loaded = load_text("a.conf", "server { listen unix:run/tidegate; }", options);
    EXPECT_THAT(all(loaded), HasSubstr("the path of a unix socket is too long"));
}

TEST(Load, RefusesIncludesWhereTold) {
    LoadOptions options;
    options.includes = config::Includes::refuse;
    EXPECT_THAT(all(load_text("a.conf", "include b.conf;", options)),
                HasSubstr("include is not allowed here"));
    EXPECT_THAT(all(load_text("a.toml", "include = \"b.toml\"", options)),
                HasSubstr("include is not allowed here"));
}

TEST(Load, BoundsTheDepthOfIncludes) {
    CaseFile file;
    file.name = "deep";
    file.sections["nginx"] = "include 1;\n";
    for (int i = 1; i <= 20; ++i) {
        file.sections["file " + std::to_string(i)] = "include " + std::to_string(i + 1) + ";\n";
    }
    const auto outcome = UnpackedCase(file).load("nginx");
    ASSERT_TRUE(outcome);
    EXPECT_THAT(outcome->diagnostics, HasSubstr("includes are nested too deeply"));
    EXPECT_THAT(outcome->loaded.sources, SizeIs(17));
}

TEST(Load, BoundsTheNumberOfIncludedFiles) {
    CaseFile file;
    file.name = "many";
    file.sections["nginx"] = "include a; include a; include a; include a;\n";
    for (const std::string name : {"a", "b", "c", "d"}) {
        const std::string next(1, static_cast<char>(name[0] + 1));
        std::string text;
        for (int i = 0; i < 6; ++i) text += "include " + next + ";";
        file.sections["file " + name] = text;
    }
    file.sections["file e"] = "";
    const auto outcome = UnpackedCase(file).load("nginx");
    ASSERT_TRUE(outcome);
    EXPECT_THAT(outcome->diagnostics, HasSubstr("the configuration is too large"));
    EXPECT_LE(outcome->loaded.sources.size(), 1000U);
}

TEST(Load, BoundsTheDepthOfBlocks) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "a {";
    const auto loaded = load_text("a.conf", text, {});
    EXPECT_THAT(all(loaded), HasSubstr("blocks are nested too deeply"));
}

TEST(Load, BoundsTheDepthOfToml) {
    EXPECT_THAT(all(load_text("a.toml", "a = " + std::string(60'000, '['), {})),
                HasSubstr("nested too deeply"));
}

TEST(Load, BoundsTheNumberOfDiagnostics) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "x;\n";
    const auto loaded = load_text("a.conf", text, {});
    EXPECT_THAT(loaded.diagnostics, SizeIs(201));
    EXPECT_EQ(loaded.diagnostics.back().message, "too many errors, the rest is not shown");
}

TEST(Load, WarningsDoNotStopTheModel) {
    const auto loaded = load_text("a.conf", "server { server_name a; } server { server_name a; }", {});
    EXPECT_THAT(loaded.model, NotNull());
    EXPECT_THAT(loaded.diagnostics, SizeIs(1));
}

TEST(Load, ReadsALargeTomlFile) {
    std::string text = "[upstream.a]\nservers = [\n";
    for (int i = 0; i < 2000; ++i) text += "\"127.0.0.1:7000\",\n";
    const auto loaded = load_text("a.toml", text + "]\n", {});
    ASSERT_THAT(loaded.model, NotNull()) << all(loaded);
    EXPECT_THAT(loaded.model->upstreams.front().endpoints, SizeIs(2000));
}

TEST(Load, RefusesTomlThatIsNotUtf8) {
    const auto loaded = load_text("a.toml", "# fine\n'\xc5' = 1\n", {});
    EXPECT_THAT(all(loaded), HasSubstr("a.toml:2:2"));
    EXPECT_THAT(all(loaded), HasSubstr("this is not UTF-8"));
}

TEST(Load, RefusesEndlessLinesInToml) {
    const auto loaded = load_text("a.toml", "user = \"" + std::string(64 * 1024, 'a') + "\"\n", {});
    EXPECT_THAT(all(loaded), HasSubstr("this line is longer than 64 KiB"));
}

}  // namespace
}  // namespace config_tests
