// The command line: nginx's letters, with long names.
#pragma once

#include <optional>
#include <string>

namespace proxy {

enum class Action { run, test, test_and_dump, print_config, list_directives, send_signal, show_version, show_build };

struct CommandLine {
    Action action = Action::run;
    std::string config;     ///< -c
    std::string prefix;     ///< -p; empty: working directory
    std::string globals;    ///< -g
    std::string error_log;  ///< -e
    std::string signal;     ///< -s: stop, quit, reload, reopen
};

/// Parses the arguments. Without a value the program is to end at once with `exit_code` (help or a mistake, both
/// printed already).
std::optional<CommandLine> parse_command_line(int count, const char* const* arguments, int& exit_code);

}  // namespace proxy
