// Questions to nameservers and their answers, without blocking: c-ares, driven by an event loop.
#pragma once

#include "config/model.hpp"
#include "net/address.hpp"
#include "net/task.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace upstream {

class LookUp;

/// Asks for the addresses of a host, or for its SRV records and the addresses of their targets (RFC 2782).
struct Question {
    std::string host;
    std::string service;     ///< nginx's `service`; empty: addresses
    std::uint16_t port = 0;  ///< of the addresses; SRV records have their own
    auto operator<=>(const Question&) const = default;
};

/// An address that a name stands for.
struct Record {
    std::uint16_t priority = 0;  ///< of its SRV record: the lowest comes first
    std::uint16_t weight = 0;    ///< of its SRV record
    std::string target;          ///< the host its SRV record names; empty without one
    net::SocketAddress address;
    bool operator==(const Record&) const = default;
    bool operator<(const Record& other) const;
};

/// What could not be found out this time: the addresses that a target has in one family.
struct Gap {
    Record record;           ///< what each of them is, but for its address
    std::uint16_t port = 0;  ///< of the addresses
    int family = AF_UNSPEC;  ///< AF_INET or AF_INET6
};

struct Answer {
    std::vector<Record> records;  ///< at least one, put in order
    std::chrono::seconds ttl{};   ///< the shortest of all that the answer was made of, aliases included
    std::vector<Gap> gaps{};      ///< beside those records
};

/// Sorts them, and leaves each once: the order of nameservers means nothing.
void put_in_order(std::vector<Record>& records);

/// Called once, on the event loop. Errors are those of c-ares: no such name, no answer in time and so on.
using OnAnswer = std::function<void(net::IoResult<Answer>)>;

/// Bounds of one answer, beyond which it is an error (value_too_large).
inline constexpr std::size_t most_targets = 1000;
inline constexpr std::size_t most_records = 10'000;

/// Used on one event loop only, and destroyed before it; the loop does not run afterwards. Bounded in look-ups at a time;
/// further ones wait for their turn.
class Resolver {
  public:
    static constexpr std::size_t most_at_once = 64;

    explicit Resolver(net::Executor executor) : executor_(std::move(executor)) {}
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Asks the nameservers of `settings`, which are IP addresses. Without any, those of /etc/resolv.conf,
    /// which is read each time, with the hosts file and search domains of the system. `on_answer` is never
    /// called from inside.
    void look_up(const config::Resolver& settings, Question question, OnAnswer on_answer);

  private:
    void start_next();

    net::Executor executor_;
    std::deque<std::shared_ptr<LookUp>> waiting_;
    std::size_t at_work_ = 0;
};

/// What c-ares calls a status: "DNS server returned answer with no data".
const boost::system::error_category& dns_category();

}  // namespace upstream
