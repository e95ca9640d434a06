// Changing user, limits and session of the process.
#include "proxy/lifecycle/privileges.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "net/descriptor.hpp"

namespace proxy::lifecycle {

namespace {

net::ErrorCode last_error() { return {errno, boost::system::system_category()}; }

bool keep_only_bind_service() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    sets[0].effective = sets[0].permitted = 1u << CAP_NET_BIND_SERVICE;
    return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

}  // namespace

bool is_root() { return ::geteuid() == 0; }

boost::system::result<Identity, std::string> find_identity(const config::User& user) {
    const passwd* const entry = ::getpwnam(user.name.c_str());
    if (entry == nullptr) return "user \"" + user.name + "\" does not exist; name another one with `user`";
    Identity identity{entry->pw_uid, entry->pw_gid};
    if (user.group.empty()) return identity;
    const group* const named = ::getgrnam(user.group.c_str());
    if (named == nullptr) return "group \"" + user.group + "\" does not exist; name another one with `user`";
    identity.group = named->gr_gid;
    return identity;
}

net::ErrorCode become(const config::User& user, const Identity& identity) {
    const bool stays_root = identity.user == 0;
    if (::setgid(identity.group) != 0) return last_error();
    if (::initgroups(user.name.c_str(), identity.group) != 0) return last_error();
    if (!stays_root && ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return last_error();
    if (::setuid(identity.user) != 0) return last_error();
    if (!stays_root && !keep_only_bind_service()) return last_error();
    return {};
}

net::ErrorCode limit_descriptors(unsigned limit) {
    rlimit current{};
    if (::getrlimit(RLIMIT_NOFILE, &current) != 0) return last_error();
    current.rlim_cur = limit;
    if (current.rlim_max < limit) current.rlim_max = limit;
    return ::setrlimit(RLIMIT_NOFILE, &current) == 0 ? net::ErrorCode() : last_error();
}

net::ErrorCode daemonize() {
    const pid_t child = ::fork();
    if (child < 0) return last_error();
    if (child > 0) ::_exit(0);
    if (::setsid() < 0) return last_error();
    const net::Descriptor null(::open("/dev/null", O_RDWR));
    if (!null) return last_error();
    if (::dup2(null.get(), STDIN_FILENO) < 0 || ::dup2(null.get(), STDOUT_FILENO) < 0) return last_error();
    return ::dup2(null.get(), STDERR_FILENO) < 0 ? last_error() : net::ErrorCode();
}

}  // namespace proxy::lifecycle
