// Directives of the main and events contexts: the process, its workers and the error log.
#include "config/arguments.hpp"
#include "config/setters.hpp"
#include "config/units.hpp"

namespace config {
namespace {

constexpr unsigned max_workers = 1024;
constexpr unsigned max_descriptors = 1U << 30U;

}  // namespace

void set_worker_processes(const Node& node, Scope& scope) {
    const auto& count = node.arguments[0];
    if (count.text == "auto") {
        scope.model.worker_processes = 0;
        return;
    }
    if (const auto value = parse_count(count.text, max_workers); value && *value > 0) {
        scope.model.worker_processes = *value;
        return;
    }
    scope.report.error(count.span, "invalid number \"" + count.text + "\"",
                       "it is a number from 1 to 1024, or \"auto\" for one worker on each core");
}

void set_worker_connections(const Node& node, Scope& scope) {
    assign(scope.model.worker_connections, read_count(node.arguments[0], 1, max_descriptors, scope.report));
}

void set_worker_rlimit_nofile(const Node& node, Scope& scope) {
    assign(scope.model.worker_rlimit_nofile, read_count(node.arguments[0], 1, max_descriptors, scope.report));
}

void set_worker_shutdown_timeout(const Node& node, Scope& scope) {
    assign(scope.model.worker_shutdown_timeout, read_duration(node.arguments[0], scope.report));
}

void set_pid(const Node& node, Scope& scope) {
    if (node.arguments[0].text.empty()) {
        scope.report.error(node.arguments[0].span, "the name of the pid file is empty");
        return;
    }
    scope.model.pid = scope.absolute(node.arguments[0].text);
}

void set_user(const Node& node, Scope& scope) {
    if (node.arguments[0].text.empty()) {
        scope.report.error(node.arguments[0].span, "the name of the user is empty");
        return;
    }
    scope.model.user = {node.arguments[0].text, node.arguments.size() > 1 ? node.arguments[1].text : ""};
}

void set_daemon(const Node& node, Scope& scope) {
    assign(scope.model.daemon, read_switch(node.arguments[0], scope.report));
}

void set_error_log(const Node& node, Scope& scope) {
    const auto& path = node.arguments[0];
    if (path.text.empty() || path.text.starts_with("syslog:") || path.text.starts_with("memory:")) {
        scope.report.error(path.span, "an error log to \"" + path.text + "\" is not supported",
                           "write the name of a file, or stderr");
        return;
    }
    ErrorLog log;
    log.path = path.text == "stderr" ? path.text : scope.absolute(path.text);
    if (node.arguments.size() > 1) {
        const std::vector<std::string_view> levels = {"debug", "info", "notice", "warn",
                                                      "error", "crit", "alert",  "emerg"};
        const auto level = read_word(node.arguments[1], levels, scope.report);
        if (!level) return;
        log.level = static_cast<LogLevel>(*level);
    }
    scope.model.error_log = std::move(log);
}

}  // namespace config
