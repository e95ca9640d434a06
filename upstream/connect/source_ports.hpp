// The local ports that connections to endpoints hold: which source address has most left, and who is running out.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/address.hpp"

namespace upstream {

/// Towards one endpoint address, each source address has the ports of net.ipv4.ip_local_port_range and no more. Counts
/// are kept for every pair that is in use. Thread-safe; must outlive every Hold.
class SourcePorts {
 public:
    /// The one of the process, with the range that the kernel has when it is first asked for.
    static SourcePorts& of_process();

    explicit SourcePorts(std::size_t ports_of_each_pair) : ports_(ports_of_each_pair) {}
    SourcePorts(const SourcePorts&) = delete;
    SourcePorts& operator=(const SourcePorts&) = delete;

 private:
    using Pair = std::pair<net::SocketAddress, net::SocketAddress>;  // source, destination
    struct Count {
        std::size_t held = 0;
        bool told = false;  // that it is scarce
    };
    using Counts = std::map<Pair, Count>;

 public:
    /// One port, given back at the end.
    class Hold {
     public:
        Hold() = default;
        Hold(Hold&& other) noexcept : all_(std::exchange(other.all_, nullptr)), count_(other.count_) {}
        Hold& operator=(Hold&& other) noexcept {
            std::swap(all_, other.all_);
            std::swap(count_, other.count_);
            return *this;
        }
        ~Hold() {
            if (all_ != nullptr) all_->give_back(count_);
        }

     private:
        friend class SourcePorts;
        Hold(SourcePorts& all, Counts::iterator count) : all_(&all), count_(count) {}

        SourcePorts* all_ = nullptr;
        Counts::iterator count_{};
    };

    struct Taken {
        Hold hold;
        std::optional<net::SocketAddress> source;  ///< to bind to; absent: the kernel's choice
        std::size_t held = 0;                      ///< ports of this pair that are held now
        bool newly_scarce = false;                 ///< 80 % are: true once until fewer than 70 % have been
    };

    /// Takes a port of the source that holds fewest towards that destination, out of those of its family; of no source
    /// where none is. Nothing is held towards unix sockets.
    Taken take(const std::vector<net::SocketAddress>& sources, const net::SocketAddress& destination);

    /// What the log says of a pair that has become scarce.
    std::string scarcity(const Taken& port, const net::SocketAddress& destination) const;

    struct Usage {
        std::string source;  ///< empty: the kernel's choice
        std::string destination;
        std::size_t held;
    };
    /// What is in use now.
    std::vector<Usage> usage() const;
    std::size_t ports_of_each_pair() const { return ports_; }

 private:
    void give_back(Counts::iterator count);

    const std::size_t ports_;
    mutable std::mutex mutex_;
    Counts counts_;
};

/// The number of ports in the text of /proc/sys/net/ipv4/ip_local_port_range; 28,232 (the kernel's default) for a text
/// that is something else.
std::size_t ports_in_range(const std::string& text);

}  // namespace upstream
