// Plain reads and writes, and the choice between them and TLS.
#include "net/transport.hpp"

#include <cerrno>

#include "net/system_calls.hpp"

namespace net {

namespace {

// Of a number of bytes, or a negative one, and then errno.
Outcome plain_outcome(ssize_t count, Progress when_blocked) {
    if (count >= 0) return {Progress::done, static_cast<std::size_t>(count), {}};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {when_blocked, 0, {}};
    return {Progress::failed, 0, {errno, boost::system::system_category()}};
}

ssize_t as_by_libc(int result) {
    if (result >= 0) return result;
    errno = -result;
    return -1;
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
    if (is_plain()) return judge_read(kernel::recv(descriptor(), data, size, 0), size);
    const Outcome outcome = records_ ? records_->read(data, size) : read_session(data, size);
    socket_.has_read(outcome.rest);
    if (tls_) let_go_of_session();
    return outcome;
}

Outcome Transport::judge_read(ssize_t count, std::size_t size) {
    Outcome outcome = plain_outcome(count, Progress::want_read);
    outcome.rest = rest_after(count, size);
    if (count == 0) outcome.progress = Progress::ended;
    socket_.has_read(outcome.rest);
    return outcome;
}

Outcome Transport::after_read(int result, std::size_t size) { return judge_read(as_by_libc(result), size); }

Outcome Transport::after_write(int result) { return plain_outcome(as_by_libc(result), Progress::want_write); }

Outcome Transport::peek(char* data, std::size_t size) {
    const ssize_t count = kernel::recv(descriptor(), data, size, MSG_PEEK);
    const Outcome outcome = plain_outcome(count, Progress::want_read);
    if (count < 0) socket_.has_read(rest_after(count, size));
    return outcome;
}

Outcome Transport::read(Pipe& pipe, std::size_t size) {
    const Outcome outcome = pipe.fill_from(descriptor(), size);
    socket_.has_read(Rest::unknown);  // if it was less than asked for, the pipe may be full
    return outcome;
}

Outcome Transport::read_session(char* data, std::size_t size) {
    // OpenSSL gives one record at a time; several small ones are worth one write to the other side. What it has not taken
    // from the socket yet is left there: most often that is nothing, and asking would be a system call for it.
    Outcome total;
    do {
        Outcome outcome = tls_->read(data + total.count, size - total.count);
        if (outcome.rest != Rest::unknown) total.rest = outcome.rest;
        // What ended or failed after some bytes will say so again at the next call.
        if (outcome.progress != Progress::done) return total.count > 0 ? total : outcome;
        total.count += outcome.count;
    } while (total.count < size && tls_->has_buffered());
    return total;
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
