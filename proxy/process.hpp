// The proxy as a process: from a loaded configuration to the exit code.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/loader.hpp"

namespace proxy {

struct ProcessOptions {
    /// Loads the configuration, at the start and at each reload.
    std::function<config::Loaded()> load;
    /// Where errors go until the configuration says otherwise (-e); empty: standard error.
    std::string first_error_log;
};

/// Runs until a signal ends the process: SIGTERM and SIGINT at once, SIGQUIT when all requests and tunnels have ended;
/// SIGHUP reloads, SIGUSR1 reopens the logs, SIGUSR2 and SIGWINCH are ignored. Gives the exit code.
int run_process(const ProcessOptions& options);

/// The pid file that a model names, or its default; empty where there is none.
std::string pid_path(const config::Model& model);

}  // namespace proxy
