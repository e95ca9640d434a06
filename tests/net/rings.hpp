// Makes io_uring fail under those who use it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "net/descriptor.hpp"

namespace net_tests {

/// Every ring of the process is another file from now on.
inline void take_rings_away() {
    const net::Descriptor other(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        if (std::filesystem::read_symlink(entry, gone) == "anon_inode:[io_uring]")
            ::dup2(other.get(), std::stoi(entry.path().filename()));
    }
}

}  // namespace net_tests
