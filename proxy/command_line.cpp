// The options, described for --help and parsed with CLI11.
#include "proxy/command_line.hpp"

#include <filesystem>

#include <CLI/CLI.hpp>

namespace proxy {

std::optional<CommandLine> parse_command_line(int count, const char* const* arguments, int& exit_code) {
    CommandLine line;
    line.config = TIDEGATE_DEFAULT_CONFIG;

    CLI::App app{"Tidegate, a WebSocket-first reverse proxy and load balancer", "tidegate"};
    const auto add_action = [&](const std::string& flag, Action action, const std::string& description) {
        app.add_flag_callback(flag, [&line, action] { line.action = action; }, description);
    };
    app.set_help_flag("-h,-?,--help", "Show this help");
    app.add_option("-c,--config", line.config, "Configuration: .toml is native, anything else nginx syntax")
        ->capture_default_str();
    app.add_option("-p,--prefix", line.prefix, "Directory that relative paths start from: in the configuration, and those of -c and -e");
    app.add_option("-e,--error-log", line.error_log, "Error log until the configuration names one");
    app.add_option("-g,--global", line.globals, "Directives of the main context, \"pid x.pid; daemon off;\"");
    add_action("-t,--test", Action::test, "Check the configuration and exit");
    add_action("-T,--test-and-dump", Action::test_and_dump,
               "Check the configuration, print the files it is made of, and exit");
    add_action("--print-config", Action::print_config, "Print the effective configuration as TOML and exit");
    add_action("--directives", Action::list_directives, "Print a table of all directives, in Markdown, and exit");
    app.add_option("-s,--signal", line.signal, "Send a signal to the running process")
        ->check(CLI::IsMember({"stop", "quit", "reload", "reopen"}));
    add_action("-v,--version", Action::show_version, "Print the version");
    add_action("-V,--build", Action::show_build, "Print the version and what it was built with");
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        exit_code = app.exit(error) == 0 ? 0 : 2;
        return std::nullopt;
    }
    for (std::string* const path : {&line.config, &line.error_log})
        if (!path->empty() && *path != "stderr") *path = (std::filesystem::path(line.prefix) / *path).string();
    if (!line.signal.empty()) line.action = Action::send_signal;
    return line;
}

}  // namespace proxy
