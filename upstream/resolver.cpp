// One c-ares channel for each look-up, its sockets and time-outs waited for by the event loop.
#include "upstream/resolver.hpp"

#include "net/deadline.hpp"
#include "upstream/srv.hpp"

#include <algorithm>
#include <ares.h>
#include <arpa/nameser.h>
#include <map>
#include <sys/time.h>
#include <tuple>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace upstream {

namespace asio = boost::asio;

namespace {

constexpr int first_try_ms = 2000;  // doubled by c-ares at each round over the nameservers
constexpr int tries = 4;

class DnsCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "dns"; }
    std::string message(int status) const override { return ares_strerror(status); }
};

// Whether the name or its records are simply not there, which a nameserver has said.
bool is_negative(int status) {
    return status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

std::string csv(const std::vector<config::TcpAddress>& nameservers) {
    std::string list;
    for (const config::TcpAddress& address : nameservers)
        list += (list.empty() ? "" : ",") + config::to_string(config::Address(address));
    return list;
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

// Everything happens on the event loop: each of its events lets c-ares do what it can, and then looks at what
// has come of it. While that goes on the handlers of the loop own the look-up.
class Resolver::LookUp : public std::enable_shared_from_this<LookUp> {
  public:
    LookUp(const net::Executor& executor, config::Resolver settings, Question question, OnAnswer on_answer)
        : settings_(std::move(settings)),
          question_(std::move(question)),
          on_answer_(std::move(on_answer)),
          executor_(executor),
          tick_(executor),
          limit_(executor) {}
    ~LookUp() { close(); }
    LookUp(const LookUp&) = delete;
    LookUp& operator=(const LookUp&) = delete;

    void start(std::function<void()> on_end) {
        on_end_ = std::move(on_end);
        limit_.expires_after(settings_.timeout);
        limit_.async_wait([self = shared_from_this()](net::ErrorCode error) {
            if (error || self->channel_ == nullptr) return;
            self->failure_ = ARES_ETIMEOUT;
            ares_cancel(self->channel_);
            self->proceed();
        });
        failure_ = open();
        if (failure_ == ARES_SUCCESS) ask();
        proceed();
    }

  private:
    using Timer = asio::basic_waitable_timer<net::Clock, asio::wait_traits<net::Clock>, net::Executor>;
    using Descriptor = asio::posix::basic_stream_descriptor<net::Executor>;

    // A socket of c-ares, and which of its events are wanted and waited for.
    struct Socket {
        struct Interest {
            bool wanted = false;
            bool waited_for = false;
        };
        explicit Socket(const net::Executor& executor, int number) : descriptor(executor, number) {}
        Interest& interest(asio::posix::descriptor_base::wait_type type) {
            return type == Descriptor::wait_read ? read : write;
        }
        Descriptor descriptor;
        Interest read;
        Interest write;
    };

    // One host whose addresses are asked for.
    struct Host {
        LookUp* look_up;
        Record record;  // without an address yet
    };

    int open() {
        ares_options options{};
        options.sock_state_cb = &on_socket_state;
        options.sock_state_cb_data = this;
        options.timeout = first_try_ms;
        options.tries = tries;
        int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
        char only_dns[] = "b";
        if (!settings_.nameservers.empty()) {
            // As nginx: what `resolver` names is asked for the name as it is written, and nobody else.
            options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
            options.lookups = only_dns;
            mask |= ARES_OPT_FLAGS | ARES_OPT_LOOKUPS;
        }
        static const int library = ares_library_init(ARES_LIB_INIT_ALL);
        if (library != ARES_SUCCESS) return library;
        const int opened = ares_init_options(&channel_, &options, mask);
        if (opened != ARES_SUCCESS || settings_.nameservers.empty()) return opened;
        return ares_set_servers_ports_csv(channel_, csv(settings_.nameservers).c_str());
    }

    void ask() {
        if (question_.service.empty()) return ask_for_host({}, question_.port, question_.host);
        ++pending_;
        ares_search(channel_, srv_name(question_.host, question_.service).c_str(), ns_c_in, ns_t_srv, &on_srv,
                    this);
    }

    void ask_for_host(Record record, std::uint16_t port, const std::string& name) {
        Host& host = hosts_.emplace_back(Host{this, std::move(record)});
        ares_addrinfo_hints hints{};
        hints.ai_flags = ARES_AI_NOSORT | ARES_AI_NUMERICSERV;
        hints.ai_family = family_of(settings_);
        hints.ai_socktype = SOCK_STREAM;
        ++pending_;
        ares_getaddrinfo(channel_, name.c_str(), std::to_string(port).c_str(), &hints, &on_addresses, &host);
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

    static void on_socket_state(void* argument, ares_socket_t number, int readable, int writable) {
        auto& self = *static_cast<LookUp*>(argument);
        auto found = self.sockets_.find(number);
        if (readable == 0 && writable == 0) {
            if (found == self.sockets_.end()) return;
            found->second->descriptor.release();  // c-ares closes it
            self.sockets_.erase(found);
            return;
        }
        if (found == self.sockets_.end())
            found = self.sockets_.emplace(number, std::make_shared<Socket>(self.executor_, number)).first;
        found->second->read.wanted = readable != 0;
        found->second->write.wanted = writable != 0;
    }

    void wait(const std::shared_ptr<Socket>& socket, asio::posix::descriptor_base::wait_type type) {
        Socket::Interest& interest = socket->interest(type);
        if (!interest.wanted || interest.waited_for) return;
        interest.waited_for = true;
        socket->descriptor.async_wait(type, [self = shared_from_this(), socket, type](net::ErrorCode error) {
            socket->interest(type).waited_for = false;
            if (error || self->channel_ == nullptr) return;
            const int number = socket->descriptor.native_handle();
            const bool is_read = type == Descriptor::wait_read;
            ares_process_fd(self->channel_, is_read ? number : ARES_SOCKET_BAD,
                            is_read ? ARES_SOCKET_BAD : number);
            self->proceed();
        });
    }

    void proceed() {
        if (pending_ == 0) return finish();
        for (const auto& [number, socket] : sockets_) {
            wait(socket, Descriptor::wait_read);
            wait(socket, Descriptor::wait_write);
        }
        timeval next{};
        if (ares_timeout(channel_, nullptr, &next) == nullptr) return;
        tick_.expires_after(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec));
        tick_.async_wait([self = shared_from_this()](net::ErrorCode error) {
            if (error || self->channel_ == nullptr) return;
            ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->proceed();
        });
    }

    void finish() {
        close();
        tick_.cancel();
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

    void close() {
        if (channel_ == nullptr) return;
        ares_destroy(channel_);
        channel_ = nullptr;
    }

    config::Resolver settings_;
    Question question_;
    OnAnswer on_answer_;
    std::function<void()> on_end_;
    net::Executor executor_;
    Timer tick_;
    Timer limit_;
    ares_channel channel_ = nullptr;
    std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
    std::deque<Host> hosts_;  // never moved: c-ares points to them
    std::size_t pending_ = 0;
    std::vector<Record> records_;
    std::chrono::seconds ttl_ = std::chrono::seconds::max();
    int negative_ = ARES_ENODATA;
    int failure_ = ARES_SUCCESS;
    bool too_large_ = false;
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
