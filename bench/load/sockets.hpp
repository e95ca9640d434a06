// Sockets as the bench uses them: IPv4, non-blocking, without delay, from more than one source address.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>

namespace load {

/** Reads "127.0.0.1:8000". Throws std::invalid_argument for anything else. */
sockaddr_in parse_address(std::string_view text);

/** A non-blocking listening socket that shares its port with other processes (SO_REUSEPORT). Throws
 * std::system_error. */
int listen_on(const sockaddr_in& address);

/** The next waiting connection, non-blocking and with TCP_NODELAY; -1 with errno when there is none. */
int accept_from(int listener);

/**
 * Begins to connect and returns the non-blocking socket; -1 with errno when that failed at once. `source` is
 * a host byte order address to connect from, 0 for the kernel's choice: one source has some 28,000 ports
 * towards one target.
 */
int connect_to(const sockaddr_in& target, std::uint32_t source);

/** What became of connect_to() once the socket is writable: 0 or an errno. */
int connect_error(int descriptor);

/** Lifts the soft limit of open descriptors to the hard one; returns the limit. */
std::uint64_t raise_descriptor_limit();

/** Text of an errno with the name of the call that failed. */
std::string failure(std::string_view call, int error);

}  // namespace load
