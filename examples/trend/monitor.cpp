// Fills the history, then adds to it by the clock.
#include "trend/monitor.hpp"

#include <cmath>

namespace trend {
namespace {

double now() {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return std::floor(std::chrono::duration<double>(since_1970).count());
}

}  // namespace

Monitor::Monitor(boost::asio::io_context& loop, const Settings& settings)
    : history_(settings.points), model_(settings.seed), interval_(settings.interval), clock_(loop) {
    if (settings.file.empty()) {
        const double first = now() - interval_ * static_cast<double>(settings.points - 1);
        for (std::size_t i = 0; i < settings.points; ++i) add(first + interval_ * static_cast<double>(i));
    } else {
        load_csv(settings.file, history_);
    }
    clock_.expires_after(std::chrono::seconds(0));
    wait();
}

void Monitor::wait() {
    const std::chrono::duration<double> interval(interval_);
    clock_.expires_at(clock_.expiry() + std::chrono::duration_cast<std::chrono::nanoseconds>(interval));
    clock_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        const bool first = history_.samples().empty();
        add(first ? now() : history_[history_.end() - 1].time + interval_);
        viewers_.notify();
        wait();
    });
}

}  // namespace trend
