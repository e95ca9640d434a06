// Counting local ports by source and destination.
#include "upstream/connect/source_ports.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace upstream {

SourcePorts& SourcePorts::of_process() {
    static SourcePorts all([] {
        std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
        return ports_in_range({std::istreambuf_iterator<char>(file), {}});
    }());
    return all;
}

SourcePorts::Taken SourcePorts::take(const std::vector<net::SocketAddress>& sources,
                                     const net::SocketAddress& destination) {
    if (destination.protocol().family() == AF_UNIX) return {};
    const std::lock_guard lock(mutex_);
    const auto held = [&](const net::SocketAddress& source) {
        const auto found = counts_.find({source, destination});
        return found == counts_.end() ? std::size_t{0} : found->second.held;
    };
    const net::SocketAddress* chosen = nullptr;
    for (const net::SocketAddress& source : sources)
        if (source.protocol() == destination.protocol() && (chosen == nullptr || held(source) < held(*chosen)))
            chosen = &source;

    const auto entry = counts_.try_emplace({chosen != nullptr ? *chosen : net::SocketAddress(), destination}).first;
    Count& count = entry->second;
    ++count.held;
    const bool scarce = count.held * 10 >= ports_ * 8;
    const bool newly_scarce = scarce && !std::exchange(count.told, count.told || scarce);
    return {Hold(*this, entry), chosen != nullptr ? std::optional(*chosen) : std::nullopt, count.held, newly_scarce};
}

std::string SourcePorts::scarcity(const Taken& port, const net::SocketAddress& destination) const {
    return std::to_string(port.held) + " of " + std::to_string(ports_) + " local ports towards " +
           net::to_string(destination) + " are in use" +
           (port.source ? " by " + net::host_text(*port.source) : "") +
           "; widen net.ipv4.ip_local_port_range or add addresses to proxy_bind";
}

void SourcePorts::give_back(Counts::iterator entry) {
    const std::lock_guard lock(mutex_);
    Count& count = entry->second;
    if (--count.held == 0)
        counts_.erase(entry);
    else if (count.held * 10 < ports_ * 7)
        count.told = false;
}

std::vector<SourcePorts::Usage> SourcePorts::usage() const {
    const std::lock_guard lock(mutex_);
    std::vector<Usage> all;
    for (const auto& [pair, count] : counts_) {
        const bool chosen = pair.first != net::SocketAddress();
        all.push_back({chosen ? net::host_text(pair.first) : "", net::to_string(pair.second), count.held});
    }
    return all;
}

std::size_t ports_in_range(const std::string& text) {
    std::istringstream words(text);
    std::size_t first = 0;
    std::size_t last = 0;
    words >> first >> last;
    const bool is_range = words && first > 0 && first <= last && last <= 65535;
    return is_range ? last - first + 1 : 28232;
}

}  // namespace upstream
