// What the thread that is no worker lends to those who watch the world outside.
#pragma once

#include "config/model.hpp"
#include "net/deadline.hpp"
#include "upstream/discovery/resolver.hpp"

#include <functional>
#include <string>

namespace upstream {

/// The loop whose thread loads configurations. All that follows names and files lives on it, without locks.
struct ControlLoop {
    net::Executor executor;
    net::DeadlineQueue& deadlines;
    /// Resolver::look_up, or what a test has in its place.
    std::function<void(const config::Resolver&, Question, OnAnswer)> look_up;
    /// Takes lines for the error log.
    std::function<void(config::LogLevel, const std::string&)> log;
};

}  // namespace upstream
