// Who the process is: descriptor limit, background, and the unprivileged user.
#pragma once

#include <optional>
#include <string>

#include "config/model.hpp"
#include "net/failure.hpp"

namespace proxy::lifecycle {

struct Identity {
    unsigned user = 0;
    unsigned group = 0;
};

/// The ids of a configured user. Error: a sentence that names what does not exist.
boost::system::result<Identity, std::string> find_identity(const config::User& user);

bool is_root();

/// Becomes that user for good, with its supplementary groups; only the right to bind ports below 1024 is kept, so that
/// a reload can add listeners. Every thread started later inherits it.
net::ErrorCode become(const config::User& user, const Identity& identity);

/// Raises (or lowers) the limit of open descriptors.
net::ErrorCode limit_descriptors(unsigned limit);

/// Goes to the background: returns in the child, detached from the terminal; the parent exits with 0.
net::ErrorCode daemonize();

}  // namespace proxy::lifecycle
