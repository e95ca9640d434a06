// Asking through c-ares, and putting its answers together.
#include "upstream/discovery/look_up.hpp"

#include "upstream/discovery/srv.hpp"

#include <algorithm>
#include <arpa/nameser.h>

namespace upstream {

using namespace std::chrono_literals;

namespace {

// How long an address is good that has no TTL, being from the hosts file.
constexpr std::chrono::seconds good_for_without_ttl = 30s;

// Whether the name or its records are simply not there, which a nameserver has said.
bool is_negative(int status) {
    return status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

// The system is asked for both at once, as getaddrinfo would: with its hosts file and search domains one name may come to
// be another host for each family. There a family that fails cannot be told from one without addresses.
std::vector<int> families_of(const config::Resolver& settings) {
    if (!settings.ipv6) return {AF_INET};
    if (!settings.ipv4) return {AF_INET6};
    if (settings.nameservers.empty()) return {AF_UNSPEC};
    return {AF_INET, AF_INET6};
}

}  // namespace

LookUp::LookUp(const net::Executor& executor, config::Resolver settings, Question question, OnAnswer on_answer)
    : settings_(std::move(settings)),
      question_(std::move(question)),
      on_answer_(std::move(on_answer)),
      limit_(executor),
      channel_(executor, [this] { proceed(); }) {}

void LookUp::start(std::function<void()> on_end) {
    on_end_ = std::move(on_end);
    limit_.expires_after(settings_.timeout);
    limit_.async_wait([self = shared_from_this()](net::ErrorCode error) {
        if (error || self->channel_.handle() == nullptr) return;
        ares_cancel(self->channel_.handle());
        self->proceed();
    });
    failure_ = channel_.open(settings_);
    if (failure_ == ARES_SUCCESS) ask();
    proceed();
}

void LookUp::ask() {
    if (question_.service.empty()) return ask_for_host({}, question_.port, question_.host);
    ++pending_;
    ares_search(channel_.handle(), srv_name(question_.host, question_.service).c_str(), ns_c_in, ns_t_srv, &on_srv, this);
}

void LookUp::ask_for_host(Record record, std::uint16_t port, const std::string& name) {
    Host& host = hosts_.emplace_back(Host{this, std::move(record), port});
    for (const int family : families_of(settings_)) {
        Inquiry& inquiry = inquiries_.emplace_back(Inquiry{&host, family});
        ares_addrinfo_hints hints{};
        hints.ai_flags = ARES_AI_NOSORT | ARES_AI_NUMERICSERV;
        hints.ai_family = family;
        hints.ai_socktype = SOCK_STREAM;
        ++pending_;
        is_asking_ = true;
        ares_getaddrinfo(channel_.handle(), name.c_str(), std::to_string(port).c_str(), &hints, &on_addresses, &inquiry);
        is_asking_ = false;
    }
}

void LookUp::on_srv(void* self, int status, int /*timeouts*/, unsigned char* message, int length) {
    static_cast<LookUp*>(self)->take_targets(status, {message, static_cast<std::size_t>(length)});
}

void LookUp::take_targets(int status, std::span<const unsigned char> message) {
    --pending_;
    if (status != ARES_SUCCESS) return failed(status);
    const auto answer = parse_srv(message);
    if (!answer) return failed(ARES_EBADRESP);
    if (answer->records.empty()) return failed(ARES_ENODATA);
    is_too_large_ = answer->records.size() > most_targets;
    if (is_too_large_) return;
    answer_.ttl = answer->ttl;
    for (const SrvRecord& record : answer->records)
        ask_for_host({record.priority, record.weight, record.target, {}}, record.port, record.target);
}

void LookUp::on_addresses(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) {
    auto& inquiry = *static_cast<Inquiry*>(argument);
    const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> owner(found, &ares_freeaddrinfo);
    --inquiry.host->look_up->pending_;
    inquiry.status = status;
    if (status == ARES_SUCCESS) inquiry.host->look_up->take_addresses(*inquiry.host, *found);
}

void LookUp::take_addresses(Host& host, const ares_addrinfo& found) {
    std::chrono::seconds& ttl = answer_.ttl;
    if (is_asking_) ttl = std::min(ttl, good_for_without_ttl);
    const auto shorten = [&](int seconds) {
        if (!is_asking_) ttl = std::min(ttl, std::chrono::seconds(std::max(seconds, 0)));
    };
    for (const auto* alias = found.cnames; alias != nullptr; alias = alias->next) shorten(alias->ttl);
    for (const auto* node = found.nodes; node != nullptr; node = node->ai_next) {
        is_too_large_ = is_too_large_ || answer_.records.size() == most_records;
        if (is_too_large_) return;
        host.is_found = true;
        shorten(node->ai_ttl);
        Record record = host.record;
        record.address = net::SocketAddress(node->ai_addr, node->ai_addrlen);
        answer_.records.push_back(std::move(record));
    }
}

// The first failure is the one to tell of. What is not there is no failure where something else is.
void LookUp::failed(int status) {
    if (is_negative(status))
        negative_ = status;
    else if (failure_ == ARES_SUCCESS)
        failure_ = status == ARES_ECANCELLED ? ARES_ETIMEOUT : status;
}

void LookUp::proceed() {
    if (pending_ > 0) return channel_.wait(shared_from_this());
    channel_.close();
    limit_.cancel();
    on_end_();
    on_answer_(result());
}

// A target that does not exist is left out. One that nobody tells of may be well again soon, so that what is known of the
// whole is better than a part of it. But some nameservers never answer for one of the families: the other is good then.
void LookUp::conclude(const Inquiry& inquiry) {
    if (inquiry.status == ARES_SUCCESS) return;
    if (is_negative(inquiry.status) || !inquiry.host->is_found) return failed(inquiry.status);
    answer_.gaps.push_back({inquiry.host->record, inquiry.host->port, inquiry.family});
}

net::IoResult<Answer> LookUp::result() {
    if (is_too_large_) return make_error_code(boost::system::errc::value_too_large);
    for (const Inquiry& inquiry : inquiries_) conclude(inquiry);
    if (failure_ != ARES_SUCCESS) return net::ErrorCode(failure_, dns_category());
    if (answer_.records.empty()) return net::ErrorCode(negative_, dns_category());
    put_in_order(answer_.records);
    return std::move(answer_);
}

}  // namespace upstream
