// Reading until the other side closes.
#include "proxy/http/linger.hpp"

namespace proxy::http {

namespace {

constexpr net::Duration longest_pause{5'000};
constexpr net::Duration longest{30'000};
constexpr std::size_t most_bytes = 16 * 1024 * 1024;

}  // namespace

net::Task<> linger(net::Stream& stream, boost::beast::flat_buffer& buffer) {
    if (!stream.is_open()) co_return;
    auto ended = co_await stream.shutdown_write(longest_pause);
    if (!ended) {
        stream.close();
        co_return;
    }
    const auto deadline = net::now() + longest;
    std::size_t total = 0;
    buffer.consume(buffer.size());
    while (total < most_bytes && net::now() < deadline) {
        auto received = co_await stream.read_some(buffer.prepare(16 * 1024), longest_pause);
        if (!received) break;
        total += *received;
    }
    stream.close();
}

}  // namespace proxy::http
