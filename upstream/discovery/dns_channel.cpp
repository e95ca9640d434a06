// Options of a channel, and its events.
#include "upstream/discovery/dns_channel.hpp"

#include <sys/time.h>

namespace upstream {

namespace {

constexpr int first_try_ms = 2000;  // doubled by c-ares at each round over the nameservers
constexpr int tries = 4;

std::string csv(const std::vector<config::TcpAddress>& nameservers) {
    std::string list;
    for (const config::TcpAddress& address : nameservers)
        list += (list.empty() ? "" : ",") + config::to_string(config::Address(address));
    return list;
}

}  // namespace

int DnsChannel::open(const config::Resolver& settings) {
    ares_options options{};
    options.sock_state_cb = &on_socket_state;
    options.sock_state_cb_data = this;
    options.timeout = first_try_ms;
    options.tries = tries;
    int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    char only_dns[] = "b";
    if (!settings.nameservers.empty()) {
        // As nginx: what `resolver` names is asked for the name as it is written, and nobody else.
        options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
        options.lookups = only_dns;
        mask |= ARES_OPT_FLAGS | ARES_OPT_LOOKUPS;
    }
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    if (library != ARES_SUCCESS) return library;
    const int opened = ares_init_options(&channel_, &options, mask);
    if (opened != ARES_SUCCESS || settings.nameservers.empty()) return opened;
    return ares_set_servers_ports_csv(channel_, csv(settings.nameservers).c_str());
}

void DnsChannel::on_socket_state(void* self, ares_socket_t number, int readable, int writable) {
    auto& sockets = static_cast<DnsChannel*>(self)->sockets_;
    auto found = sockets.find(number);
    if (readable == 0 && writable == 0) {
        if (found == sockets.end()) return;
        found->second->descriptor.release();  // c-ares closes it
        sockets.erase(found);
        return;
    }
    if (found == sockets.end()) {
        const net::Executor& executor = static_cast<DnsChannel*>(self)->executor_;
        found = sockets.emplace(number, std::make_shared<Socket>(executor, number)).first;
    }
    found->second->read.wanted = readable != 0;
    found->second->write.wanted = writable != 0;
}

void DnsChannel::wait(const std::shared_ptr<void>& owner) {
    for (const auto& [number, socket] : sockets_) {
        wait_for(socket, boost::asio::posix::descriptor_base::wait_read, owner);
        wait_for(socket, boost::asio::posix::descriptor_base::wait_write, owner);
    }
    timeval next{};
    if (ares_timeout(channel_, nullptr, &next) == nullptr) return;
    tick_.expires_after(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec));
    tick_.async_wait([this, owner](net::ErrorCode error) {
        if (!error) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

void DnsChannel::wait_for(const std::shared_ptr<Socket>& socket, WaitType type, const std::shared_ptr<void>& owner) {
    Socket::Interest& interest = socket->interest(type);
    if (!interest.wanted || interest.waited_for) return;
    interest.waited_for = true;
    socket->descriptor.async_wait(type, [this, owner, socket, type](net::ErrorCode error) {
        socket->interest(type).waited_for = false;
        if (error) return;
        const int number = socket->descriptor.native_handle();
        const bool is_read = type == boost::asio::posix::descriptor_base::wait_read;
        process(is_read ? number : ARES_SOCKET_BAD, is_read ? ARES_SOCKET_BAD : number);
    });
}

// An event may have been on its way when the channel was closed.
void DnsChannel::process(ares_socket_t readable, ares_socket_t writable) {
    if (channel_ == nullptr) return;
    ares_process_fd(channel_, readable, writable);
    on_event_();
}

void DnsChannel::close() {
    tick_.cancel();
    if (channel_ == nullptr) return;
    ares_destroy(channel_);
    channel_ = nullptr;
}

}  // namespace upstream
