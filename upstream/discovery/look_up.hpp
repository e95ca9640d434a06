// One question to nameservers: what is asked for it, and what becomes of the answers.
#pragma once

#include "upstream/discovery/dns_channel.hpp"
#include "upstream/discovery/resolver.hpp"

#include <span>

namespace upstream {

/// Asks for each address family by itself, so that what comes of one is told apart from what comes of the other. While it
/// is at work the handlers of its channel own it.
class LookUp : public std::enable_shared_from_this<LookUp> {
  public:
    LookUp(const net::Executor& executor, config::Resolver settings, Question question, OnAnswer on_answer);

    /// Once. `on_end` is called before the answer is given; both may be before it returns.
    void start(std::function<void()> on_end);

  private:
    using Timer = boost::asio::basic_waitable_timer<net::Clock, boost::asio::wait_traits<net::Clock>, net::Executor>;

    // One host whose addresses are asked for.
    struct Host {
        LookUp* look_up;
        Record record;  // without an address yet
        std::uint16_t port;
        bool is_found = false;  // in some family
    };

    // The question for one family of them, or for both.
    struct Inquiry {
        Host* host;
        int family;
        int status = ARES_SUCCESS;
    };

    void ask();
    void ask_for_host(Record record, std::uint16_t port, const std::string& name);
    static void on_srv(void* self, int status, int timeouts, unsigned char* message, int length);
    static void on_addresses(void* inquiry, int status, int timeouts, ares_addrinfo* found);
    void take_targets(int status, std::span<const unsigned char> message);
    void take_addresses(Host& host, const ares_addrinfo& found);
    void failed(int status);
    void proceed();
    void conclude(const Inquiry& inquiry);
    net::IoResult<Answer> result();

    config::Resolver settings_;
    Question question_;
    OnAnswer on_answer_;
    std::function<void()> on_end_;
    Timer limit_;
    std::deque<Host> hosts_;         // never moved: inquiries point to them
    std::deque<Inquiry> inquiries_;  // never moved: c-ares points to them
    std::size_t pending_ = 0;
    bool is_asking_ = false;  // what is answered now was asked of no nameserver
    Answer answer_{{}, std::chrono::seconds::max()};
    int negative_ = ARES_ENODATA;
    int failure_ = ARES_SUCCESS;
    bool is_too_large_ = false;
    DnsChannel channel_;  // the first to go: it calls back
};

}  // namespace upstream
