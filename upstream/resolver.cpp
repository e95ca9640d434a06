// One channel of c-ares for each look-up: what is asked with it, and what becomes of the answers.
#include "upstream/resolver.hpp"

#include "net/deadline.hpp"
#include "upstream/dns_channel.hpp"
#include "upstream/srv.hpp"

#include <algorithm>
#include <arpa/nameser.h>
#include <tuple>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>

namespace upstream {

namespace asio = boost::asio;

namespace {

class DnsCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "dns"; }
    std::string message(int status) const override { return ares_strerror(status); }
};

// Whether the name or its records are simply not there, which a nameserver has said.
bool is_negative(int status) {
    return status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

int family_of(const config::Resolver& settings) {
    if (!settings.ipv6) return AF_INET;
    return settings.ipv4 ? AF_UNSPEC : AF_INET6;
}

}  // namespace

const boost::system::error_category& dns_category() {
    static const DnsCategory category;
    return category;
}

bool Record::operator<(const Record& other) const {
    return std::tie(priority, address, target, weight) <
           std::tie(other.priority, other.address, other.target, other.weight);
}

// One question. While it is at work the handlers of its channel own it.
class Resolver::LookUp : public std::enable_shared_from_this<LookUp> {
  public:
    LookUp(const net::Executor& executor, config::Resolver settings, Question question, OnAnswer on_answer)
        : settings_(std::move(settings)),
          question_(std::move(question)),
          on_answer_(std::move(on_answer)),
          limit_(executor),
          channel_(executor, [this] { proceed(); }) {}

    void start(std::function<void()> on_end) {
        on_end_ = std::move(on_end);
        limit_.expires_after(settings_.timeout);
        limit_.async_wait([self = shared_from_this()](net::ErrorCode error) {
            if (error || self->channel_.handle() == nullptr) return;
            self->failure_ = ARES_ETIMEOUT;
            ares_cancel(self->channel_.handle());
            self->proceed();
        });
        failure_ = channel_.open(settings_);
        if (failure_ == ARES_SUCCESS) ask();
        proceed();
    }

  private:
    using Timer = asio::basic_waitable_timer<net::Clock, asio::wait_traits<net::Clock>, net::Executor>;

    // One host whose addresses are asked for.
    struct Host {
        LookUp* look_up;
        Record record;  // without an address yet
    };

    void ask() {
        if (question_.service.empty()) return ask_for_host({}, question_.port, question_.host);
        ++pending_;
        ares_search(channel_.handle(), srv_name(question_.host, question_.service).c_str(), ns_c_in, ns_t_srv, &on_srv,
                    this);
    }

    void ask_for_host(Record record, std::uint16_t port, const std::string& name) {
        Host& host = hosts_.emplace_back(Host{this, std::move(record)});
        ares_addrinfo_hints hints{};
        hints.ai_flags = ARES_AI_NOSORT | ARES_AI_NUMERICSERV;
        hints.ai_family = family_of(settings_);
        hints.ai_socktype = SOCK_STREAM;
        ++pending_;
        ares_getaddrinfo(channel_.handle(), name.c_str(), std::to_string(port).c_str(), &hints, &on_addresses, &host);
    }

    static void on_srv(void* argument, int status, int /*timeouts*/, unsigned char* message, int length) {
        auto& self = *static_cast<LookUp*>(argument);
        --self.pending_;
        if (status != ARES_SUCCESS) return self.failed(status);
        const auto answer = parse_srv({message, static_cast<std::size_t>(length)});
        if (!answer) return self.failed(ARES_EBADRESP);
        if (answer->records.empty()) return self.failed(ARES_ENODATA);
        if (answer->records.size() > most_targets) return self.too_large();
        self.ttl_ = answer->ttl;
        for (const SrvRecord& record : answer->records)
            self.ask_for_host({record.priority, record.weight, record.target, {}}, record.port,
                              record.target);
    }

    static void on_addresses(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) {
        const auto& host = *static_cast<Host*>(argument);
        LookUp& self = *host.look_up;
        --self.pending_;
        const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> owner(found, &ares_freeaddrinfo);
        if (status != ARES_SUCCESS) return self.failed(status);
        for (const auto* node = found->nodes; node != nullptr; node = node->ai_next) {
            if (self.records_.size() == most_records) return self.too_large();
            Record record = host.record;
            record.address = net::SocketAddress(node->ai_addr, node->ai_addrlen);
            self.records_.push_back(std::move(record));
            self.ttl_ = std::min(self.ttl_, std::chrono::seconds(std::max(node->ai_ttl, 0)));
        }
    }

    // A target of a service that does not exist is left out. Everything else may be over soon, so that what
    // is known of the whole is better than a part of it.
    void failed(int status) {
        if (is_negative(status))
            negative_ = status;
        else if (failure_ == ARES_SUCCESS)
            failure_ = status;
    }

    void too_large() { too_large_ = true; }

    void proceed() {
        if (pending_ > 0) return channel_.wait(shared_from_this());
        channel_.close();
        limit_.cancel();
        on_end_();
        on_answer_(result());
    }

    net::IoResult<Answer> result() {
        if (too_large_) return make_error_code(boost::system::errc::value_too_large);
        if (failure_ != ARES_SUCCESS) return net::ErrorCode(failure_, dns_category());
        if (records_.empty()) return net::ErrorCode(negative_, dns_category());
        std::sort(records_.begin(), records_.end());
        records_.erase(std::unique(records_.begin(), records_.end()), records_.end());
        return Answer{std::move(records_), ttl_};
    }

    config::Resolver settings_;
    Question question_;
    OnAnswer on_answer_;
    std::function<void()> on_end_;
    Timer limit_;
    std::deque<Host> hosts_;  // never moved: c-ares points to them
    std::size_t pending_ = 0;
    std::vector<Record> records_;
    std::chrono::seconds ttl_ = std::chrono::seconds::max();
    int negative_ = ARES_ENODATA;
    int failure_ = ARES_SUCCESS;
    bool too_large_ = false;
    DnsChannel channel_;  // the first to go: it calls back
};

void Resolver::look_up(const config::Resolver& settings, Question question, OnAnswer on_answer) {
    waiting_.push_back(
        std::make_shared<LookUp>(executor_, settings, std::move(question), std::move(on_answer)));
    if (at_work_ < most_at_once) start_next();
}

void Resolver::start_next() {
    if (waiting_.empty()) return;
    ++at_work_;
    asio::post(executor_, [this, next = std::move(waiting_.front())] {
        next->start([this] {
            --at_work_;
            start_next();
        });
    });
    waiting_.pop_front();
}

}  // namespace upstream
