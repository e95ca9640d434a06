// Plain reads and writes, and the choice between them and TLS.
#include "net/transport.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace net {

namespace {

Outcome plain_outcome(ssize_t count, Progress when_blocked) {
    if (count >= 0) return {Progress::done, static_cast<std::size_t>(count), {}};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {when_blocked, 0, {}};
    return {Progress::failed, 0, {errno, boost::system::system_category()}};
}

}  // namespace

Outcome Transport::read(char* data, std::size_t size) {
    if (!tls_) {
        Outcome outcome = plain_outcome(::recv(descriptor(), data, size, 0), Progress::want_read);
        if (outcome.progress == Progress::done && outcome.count == 0) outcome.progress = Progress::ended;
        return outcome;
    }
    // TLS gives one record at a time; several small ones are worth one write to the other side.
    std::size_t total = 0;
    for (;;) {
        Outcome outcome = tls_->read(data + total, size - total);
        if (outcome.progress == Progress::done) {
            total += outcome.count;
            if (total < size) continue;
        }
        // What ended or failed after some bytes will say so again at the next call.
        if (total > 0) return {Progress::done, total, {}};
        return outcome;
    }
}

Outcome Transport::write(std::string_view data) {
    if (!tls_) return plain_outcome(::send(descriptor(), data.data(), data.size(), MSG_NOSIGNAL), Progress::want_write);
    std::size_t total = 0;
    while (total < data.size()) {
        Outcome outcome = tls_->write(data.substr(total));
        if (outcome.progress != Progress::done) return total > 0 ? Outcome{Progress::done, total, {}} : outcome;
        total += outcome.count;
    }
    return {Progress::done, total, {}};
}

void Transport::end_writing() {
    if (tls_) tls_->shutdown();
    ::shutdown(descriptor(), SHUT_WR);
}

void Transport::close() {
    if (tls_ && socket_) tls_->shutdown();
    tls_.reset();
    socket_.close();
}

}  // namespace net
