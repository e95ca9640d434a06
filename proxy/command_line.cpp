// The options, described for --help and parsed with CLI11.
#include "proxy/command_line.hpp"

#include <CLI/CLI.hpp>

namespace proxy {

std::optional<CommandLine> parse_command_line(int count, const char* const* arguments, int& exit_code) {
    CommandLine line;
    line.config = TIDEGATE_DEFAULT_CONFIG;
    bool test = false, dump = false, print = false, version = false, build = false;

    CLI::App app{"Tidegate, a WebSocket-first reverse proxy and load balancer", "tidegate"};
    app.set_help_flag("-h,-?,--help", "Show this help");
    app.add_option("-c,--config", line.config, "Configuration: .toml is native, anything else nginx syntax")
        ->capture_default_str();
    app.add_option("-p,--prefix", line.prefix, "Directory that relative paths in the configuration start from");
    app.add_option("-e,--error-log", line.error_log, "Error log until the configuration names one");
    app.add_option("-g,--global", line.globals, "Directives of the main context, \"pid x.pid; daemon off;\"");
    app.add_flag("-t,--test", test, "Check the configuration and exit");
    app.add_flag("-T,--test-and-dump", dump, "Check the configuration, print the files it is made of, and exit");
    app.add_flag("--print-config", print, "Print the effective configuration as TOML and exit");
    app.add_option("-s,--signal", line.signal, "Send a signal to the running process")
        ->check(CLI::IsMember({"stop", "quit", "reload", "reopen"}));
    app.add_flag("-v,--version", version, "Print the version");
    app.add_flag("-V,--build", build, "Print the version and what it was built with");
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        exit_code = app.exit(error) == 0 ? 0 : 2;
        return std::nullopt;
    }
    if (version) line.action = Action::show_version;
    if (build) line.action = Action::show_build;
    if (test) line.action = Action::test;
    if (dump) line.action = Action::test_and_dump;
    if (print) line.action = Action::print_config;
    if (!line.signal.empty()) line.action = Action::send_signal;
    return line;
}

}  // namespace proxy
