// Writing, reading and removing the pid file.
#include "proxy/lifecycle/pid_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "proxy/observe/error_log.hpp"

namespace proxy::lifecycle {

namespace {

net::ErrorCode last_error() { return {errno, boost::system::system_category()}; }

}  // namespace

net::IoResult<PidFile> PidFile::create(const std::string& path) {
    PidFile file;
    file.descriptor_ = net::Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.descriptor_) return last_error();
    file.path_ = path;
    return file;
}

net::ErrorCode PidFile::write() {
    const std::string text = std::to_string(::getpid()) + "\n";
    const ssize_t written = ::write(descriptor_.get(), text.data(), text.size());
    return written == static_cast<ssize_t>(text.size()) ? net::ErrorCode() : last_error();
}

PidFile& PidFile::operator=(PidFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

PidFile::~PidFile() {
    if (!descriptor_ || ::unlink(path_.c_str()) == 0) return;
    if (::ftruncate(descriptor_.get(), 0) != 0)
        observe::log(config::LogLevel::alert, "unlink() \"" + path_ + "\" failed: " + last_error().message());
}

net::IoResult<pid_t> read_pid(const std::string& path) {
    const net::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return last_error();
    std::array<char, 32> text{};
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0) return last_error();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + size, pid);
    if (error != std::errc{} || pid <= 0) return net::ErrorCode(ESRCH, boost::system::system_category());
    return pid;
}

}  // namespace proxy::lifecycle
