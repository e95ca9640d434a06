// What the backends' main functions share: flags, listening, signals, and a probe for health checks.
#pragma once

#include "websocket/application.hpp"
#include "websocket/limits.hpp"

#include <functional>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>

namespace backend {

class Program {
  public:
    /// `compression`: what --compression is if it is not given.
    Program(std::string description, Compression compression);

    /// To add a program's own flags before run().
    CLI::App& flags() { return flags_; }

    /// Adds handlers, or throws. What it returns is kept as long as the event loop, and destroyed before it.
    using Setup = std::function<std::shared_ptr<void>(boost::asio::io_context&, Application&)>;

    /// Reads the flags, calls `setup`, prints "listening on ADDRESS", and serves until SIGTERM or SIGINT.
    /// Returns the exit code: 0, or 1 after a message.
    int run(int argc, char** argv, const Setup& setup);

  private:
    int serve(const Setup& setup);

    CLI::App flags_;
    Limits limits_;
    std::string address_ = "127.0.0.1";
    std::uint16_t port_ = 8080;
    std::string socket_;
    std::string pages_;
    std::string probe_;
};

}  // namespace backend
