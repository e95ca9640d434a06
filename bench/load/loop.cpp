// The epoll set.
#include "load/loop.hpp"

#include <array>
#include <cerrno>
#include <ctime>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <system_error>
#include <unistd.h>

namespace load {
namespace {

[[noreturn]] void fail(const char* call) {
    throw std::system_error(errno, std::generic_category(), call);
}

}  // namespace

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) fail("epoll_create1");
    // Sends are timed; the kernel's default would let each be 50 microseconds late.
    if (::prctl(PR_SET_TIMERSLACK, 1UL) != 0) fail("prctl");
}

Loop::~Loop() {
    ::close(epoll_);
}

void Loop::add(int descriptor, std::uint32_t events, Watched& watched) {
    epoll_event event{events, {.ptr = &watched}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

void Loop::change(int descriptor, std::uint32_t events, Watched& watched) {
    epoll_event event{events, {.ptr = &watched}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) != 0) fail("epoll_ctl");
}

void Loop::remove(int descriptor) {
    if (::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr) != 0) fail("epoll_ctl");
}

int Loop::run_once(std::int64_t nanoseconds) {
    std::array<epoll_event, 512> events;
    const timespec limit{nanoseconds / second, nanoseconds % second};
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()),
                                     nanoseconds < 0 ? nullptr : &limit, nullptr);
    if (count < 0 && errno != EINTR) fail("epoll_pwait2");
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        static_cast<Watched*>(event.data.ptr)->on_event(event.events);
    }
    return count;
}

std::int64_t now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * second + time.tv_nsec;
}

}  // namespace load
