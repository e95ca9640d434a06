// Reads golden cases and loads the configurations in them.
#include "case_file.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace config_tests {
namespace {

constexpr const char* nginx_defaults =
    "proxy_websocket = false\n"
    "proxy_forwarded = false\n"
    "tunnel_idle_timeout = \"60s\"\n"
    "proxy_ssl_verify = false\n"
    "proxy_ssl_server_name = false\n"
    "proxy_set_header = { Host = \"$proxy_host\" }\n";

CaseFile read_case(const std::filesystem::path& path) {
    CaseFile result;
    result.name = path.stem().string();
    std::ifstream file(path);
    std::string line;
    std::string* section = &result.sections["about"];
    while (std::getline(file, line)) {
        if (line.starts_with("--- ")) {
            section = &result.sections[line.substr(4)];
        } else {
            *section += line + '\n';
        }
    }
    return result;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::string without(std::string text, const std::string& part) {
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at))
        text.erase(at, part.size());
    return text;
}

}  // namespace

std::string CaseFile::section(const std::string& title) const {
    const auto found = sections.find(title);
    return found == sections.end() ? "" : found->second;
}

std::vector<CaseFile> read_cases() {
    std::vector<CaseFile> cases;
    for (const auto& entry : std::filesystem::directory_iterator(CONFIG_CASES)) {
        if (entry.path().extension() == ".case") cases.push_back(read_case(entry.path()));
    }
    std::sort(cases.begin(), cases.end(),
              [](const CaseFile& a, const CaseFile& b) { return a.name < b.name; });
    return cases;
}

UnpackedCase::UnpackedCase(const CaseFile& file) {
    for (const auto& [name, text] : file.sections) {
        if (name == "nginx") {
            names_["nginx"] = file.name + ".conf";
            write_file(directory_ / names_["nginx"], text);
        } else if (name == "toml" || name == "toml with nginx defaults") {
            names_["toml"] = file.name + ".toml";
            write_file(directory_ / names_["toml"], (name == "toml" ? "" : nginx_defaults) + text);
        } else if (name.starts_with("file ")) {
            write_file(directory_ / name.substr(5), text);
        }
    }
}

std::optional<Outcome> UnpackedCase::load(const std::string& syntax) const {
    const auto name = names_.find(syntax);
    if (name == names_.end()) return std::nullopt;
    Outcome outcome;
    config::LoadOptions options;
    options.prefix = "/prefix";
    outcome.loaded = config::load((directory_ / name->second).string(), options);
    for (const auto& diagnostic : outcome.loaded.diagnostics) {
        outcome.diagnostics += render(diagnostic) + '\n';
    }
    outcome.diagnostics = without(outcome.diagnostics, directory().string() + '/');
    return outcome;
}

}  // namespace config_tests
