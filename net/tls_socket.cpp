// Reads that stop where the socket is empty, writes that wait for company.
#include "net/tls_socket.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>

#include "net/system_calls.hpp"

namespace net {

namespace {

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

TlsSocket& socket_of(BIO* bio) { return *static_cast<TlsSocket*>(BIO_get_data(bio)); }

}  // namespace

const BIO_METHOD* TlsSocket::method() {
    static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> method = [] {
        std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"), &BIO_meth_free);
        if (!made) throw std::bad_alloc();
        BIO_meth_set_read(made.get(), &TlsSocket::read);
        BIO_meth_set_write(made.get(), &TlsSocket::write);
        BIO_meth_set_ctrl(made.get(), &TlsSocket::control);
        return made;
    }();
    return method.get();
}

BIO* TlsSocket::make_bio() {
    BIO* const bio = BIO_new(method());
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    return bio;
}

int TlsSocket::read(BIO* bio, char* data, int size) {
    TlsSocket& socket = socket_of(bio);
    BIO_clear_retry_flags(bio);
    if (socket.rest_ != Rest::unknown) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const ssize_t count = kernel::recv(socket.descriptor_, data, static_cast<std::size_t>(size), 0);
    socket.rest_ = rest_after(count, static_cast<std::size_t>(size));
    socket.ended_ = count == 0;
    if (count < 0 && would_block()) BIO_set_retry_read(bio);
    return static_cast<int>(count);
}

int TlsSocket::write(BIO* bio, const char* data, int size) {
    TlsSocket& socket = socket_of(bio);
    BIO_clear_retry_flags(bio);
    const auto bytes = static_cast<std::size_t>(size);
    if (socket.holding_) {
        socket.held_.append(data, bytes);
        return size;
    }
    const ssize_t sent = socket.send(data, bytes);
    if (sent < 0 && would_block()) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

// What was kept first. Returns what was taken of `data`, or -1 with errno: EAGAIN also when it was less than what was kept.
ssize_t TlsSocket::send(const char* data, std::size_t size) {
    if (held_.empty()) return kernel::send(descriptor_, data, size, MSG_NOSIGNAL);
    std::array<iovec, 2> pieces{iovec{held_.data(), held_.size()}, iovec{const_cast<char*>(data), size}};  // only read
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (sent < 0) return sent;
    const std::size_t of_held = std::min(static_cast<std::size_t>(sent), held_.size());
    const bool all = of_held == held_.size();
    held_ = all ? std::string() : held_.substr(of_held);  // gives the memory back, which clear() would not
    const ssize_t of_data = sent - static_cast<ssize_t>(of_held);
    if (all && (of_data > 0 || size == 0)) return of_data;
    errno = EAGAIN;
    return -1;
}

Outcome TlsSocket::flush() {
    if (held_.empty() || send(nullptr, 0) >= 0) return {};
    if (would_block()) return {Progress::want_write, 0, {}};
    return {Progress::failed, 0, {errno, boost::system::system_category()}};
}

long TlsSocket::control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;  // nothing is kept that flush() is not called for
    return command == BIO_CTRL_EOF && socket_of(bio).ended_ ? 1 : 0;
}

}  // namespace net
