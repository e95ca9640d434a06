// OpenSSL's way to a socket: no system call that is known to be in vain, and none for what can wait for the next one.
#pragma once

#include <openssl/bio.h>

#include <string>
#include <utility>

#include "net/outcome.hpp"

namespace net {

/// Reads and writes a non-blocking descriptor for OpenSSL, as a BIO. Writes do not raise SIGPIPE.
class TlsSocket {
 public:
    /// Does not own the descriptor.
    explicit TlsSocket(int descriptor) : descriptor_(descriptor) {}
    TlsSocket(const TlsSocket&) = delete;
    TlsSocket& operator=(const TlsSocket&) = delete;

    /// The BIO for SSL_set_bio(), which owns it; must not be used after this object's end.
    BIO* make_bio();

    /// To be called before OpenSSL is: what was read to its end may have more by now.
    void look_again() { rest_ = Rest::unknown; }

    /// What the reads since then have left in the socket.
    Rest rest() const { return rest_; }

    /// From here on, what OpenSSL writes is kept, and it goes out by flush() or in front of the first write after release().
    void hold() { holding_ = true; }
    void release() { holding_ = false; }

    /// Sends what was kept. want_write: not all of it yet.
    Outcome flush();

    /// Gives away what was kept and not sent.
    std::string take_held() { return std::exchange(held_, {}); }

 private:
    static const BIO_METHOD* method();
    static int read(BIO* bio, char* data, int size);
    static int write(BIO* bio, const char* data, int size);
    static long control(BIO* bio, int command, long number, void* data);

    ssize_t send(const char* data, std::size_t size);

    int descriptor_;
    std::string held_;
    bool holding_ = false;
    Rest rest_ = Rest::unknown;
    bool ended_ = false;
};

}  // namespace net
