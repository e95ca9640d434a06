// Flags in, a running server out.
#include "websocket/program.hpp"

#include "websocket/probe.hpp"
#include "websocket/server.hpp"

#include <csignal>
#include <iostream>

#include <boost/asio/signal_set.hpp>

namespace backend {
namespace asio = boost::asio;

Program::Program(std::string description, Compression compression) : flags_(std::move(description)) {
    limits_.compression = compression;
    flags_.add_option("--address", address_, "IP address to listen on")->capture_default_str();
    flags_.add_option("--port", port_, "TCP port; 0 lets the system choose")->capture_default_str();
    flags_.add_option("--unix", socket_, "Listen on this socket file instead of an address");
    flags_.add_option("--pages", pages_, "Serve the pages in this folder")->check(CLI::ExistingDirectory);
    flags_.add_option("--max-message", limits_.message_bytes, "Bytes of one received message")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30))
        ->capture_default_str();
    flags_.add_option("--max-queue", limits_.queue_bytes, "Unsent bytes held for one connection")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30))
        ->capture_default_str();
    flags_.add_option("--max-connections", limits_.connections, "Connections at once")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20))
        ->capture_default_str();
    flags_
        .add_option_function<unsigned>(
            "--idle-timeout",
            [this](unsigned seconds) { limits_.idle_timeout = std::chrono::seconds(seconds); },
            "Seconds without a byte from a client; it is pinged after half of them")
        ->check(CLI::Range(2u, 86400u))
        ->default_str("60");
    flags_.add_option("--compression", limits_.compression, "permessage-deflate where the client offers it")
        ->transform(CLI::CheckedTransformer(std::map<std::string, Compression>{
            {"on", Compression::permessage_deflate}, {"off", Compression::off}}));
    flags_.add_option("--probe", probe_, "GET this URL, exit 0 if the answer is 200, and do nothing else");
}

int Program::run(int argc, char** argv, const Setup& setup) {
    CLI11_PARSE(flags_, argc, argv);
    try {
        if (!probe_.empty()) return probe(probe_, std::chrono::seconds(3)) == 200 ? 0 : 1;
        return serve(setup);
    } catch (const boost::system::system_error& problem) {
        // what() would name the line in Asio too.
        std::cerr << flags_.get_name() << ": " << problem.code().message() << '\n';
        return 1;
    } catch (const std::exception& problem) {
        std::cerr << flags_.get_name() << ": " << problem.what() << '\n';
        return 1;
    }
}

int Program::serve(const Setup& setup) {
    std::signal(SIGPIPE, SIG_IGN);
    Application application;
    asio::io_context loop(1);
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    const auto source = setup(loop, application);
    if (!pages_.empty()) application.serve_pages(pages_);
    Server server(loop, application, limits_);
    const auto where = socket_.empty() ? server.listen(address_, port_) : server.listen_unix(socket_);
    std::cout << "listening on " << where << std::endl;
    const std::function<void(boost::system::error_code, int)> on_signal = [&](auto error, int) {
        if (error) return;
        server.stop();
        signals.async_wait(on_signal);  // a second signal does not wait for anybody
    };
    signals.async_wait(on_signal);
    loop.run();
    return 0;
}

}  // namespace backend
