// Plain reads and writes, and the choice between them and TLS.
#include "net/transport.hpp"

#include <cerrno>

#include "net/system_calls.hpp"

namespace net {

namespace {

Outcome plain_outcome(ssize_t count, Progress when_blocked) {
    if (count >= 0) return {Progress::done, static_cast<std::size_t>(count), {}};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {when_blocked, 0, {}};
    return {Progress::failed, 0, {errno, boost::system::system_category()}};
}

}  // namespace

Transport::Transport(PolledSocket socket, std::unique_ptr<TlsSession> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {
    let_go_of_session();
}

void Transport::let_go_of_session() {
    if (!tls_) return;
    records_ = TlsRecords::take_over(*tls_, descriptor());
    if (records_) tls_.reset();
}

Outcome Transport::read(char* data, std::size_t size) {
    if (records_) return records_->read(data, size);
    if (tls_) {
        const Outcome outcome = read_session(data, size);
        let_go_of_session();
        return outcome;
    }
    Outcome outcome = plain_outcome(kernel::recv(descriptor(), data, size, 0), Progress::want_read);
    if (outcome.progress == Progress::done && outcome.count == 0) outcome.progress = Progress::ended;
    return outcome;
}

Outcome Transport::read_session(char* data, std::size_t size) {
    // OpenSSL gives one record at a time; several small ones are worth one write to the other side. What it has not taken
    // from the socket yet is left there: most often that is nothing, and asking would be a system call for it.
    std::size_t total = 0;
    do {
        Outcome outcome = tls_->read(data + total, size - total);
        // What ended or failed after some bytes will say so again at the next call.
        if (outcome.progress != Progress::done) return total > 0 ? Outcome{Progress::done, total, {}} : outcome;
        total += outcome.count;
    } while (total < size && tls_->has_buffered());
    return {Progress::done, total, {}};
}

Outcome Transport::write(std::string_view data) {
    if (records_) return records_->write(data);
    if (tls_) return write_session(data);
    return plain_outcome(kernel::send(descriptor(), data.data(), data.size(), MSG_NOSIGNAL), Progress::want_write);
}

Outcome Transport::write_session(std::string_view data) {
    std::size_t total = 0;
    while (total < data.size()) {
        Outcome outcome = tls_->write(data.substr(total));
        if (outcome.progress != Progress::done) return total > 0 ? Outcome{Progress::done, total, {}} : outcome;
        total += outcome.count;
    }
    return {Progress::done, total, {}};
}

Progress Transport::send_close_notify() {
    Outcome outcome;
    if (records_) outcome = records_->shutdown();
    if (tls_) outcome = tls_->shutdown();
    return outcome.progress == Progress::want_write ? Progress::want_write : Progress::done;
}

Progress Transport::end_writing() {
    const Progress progress = send_close_notify();
    if (progress == Progress::done) ::shutdown(descriptor(), SHUT_WR);
    return progress;
}

void Transport::close() {
    if (socket_) send_close_notify();
    tls_.reset();
    records_.reset();
    socket_.close();
}

}  // namespace net
