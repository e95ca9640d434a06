// From lines to endpoints, again at each change.
#include "upstream/discovery/discovery.hpp"

#include "config/units.hpp"
#include "upstream/discovery/srv.hpp"
#include "upstream/discovery/system_resolver.hpp"

#include <algorithm>
#include <iterator>

namespace upstream {

namespace {

constexpr std::size_t most_names_in_a_line = 20;  // of the log

Question question_of(const config::Endpoint& settings) {
    const auto& [host, port] = std::get<config::TcpAddress>(settings.address);
    return {host, settings.service, settings.service.empty() ? port : std::uint16_t{0}};
}

std::vector<Record> records_of(const std::vector<net::SocketAddress>& addresses) {
    std::vector<Record> records;
    for (const net::SocketAddress& address : addresses) records.push_back({0, 0, {}, address});
    put_in_order(records);
    return records;
}

std::string not_found(const std::string& what, const config::Address& address, const net::ErrorCode& error) {
    return "host not found in " + what + " \"" + config::to_string(address) + "\": " + error.message();
}

std::vector<std::string> sorted_names(const Endpoints& endpoints) {
    std::vector<std::string> names;
    for (const auto& endpoint : endpoints) names.push_back(endpoint->name());
    std::sort(names.begin(), names.end());
    return names;
}

// "A, B and 3 more", which are in `all` and not in `others`; both sorted.
std::string those_only_in(const std::vector<std::string>& all, const std::vector<std::string>& others) {
    std::vector<std::string> only;
    std::set_difference(all.begin(), all.end(), others.begin(), others.end(), std::back_inserter(only));
    std::string text;
    for (std::size_t i = 0; i < std::min(only.size(), most_names_in_a_line); ++i)
        text += (i == 0 ? "" : ", ") + only[i];
    if (only.size() > most_names_in_a_line)
        text += " and " + std::to_string(only.size() - most_names_in_a_line) + " more";
    return text;
}

}  // namespace

Discovery::Discovery(std::shared_ptr<Pool> pool, const Discovery* previous)
    : pool_(std::move(pool)), resolver_(with_addresses(pool_->settings().resolver)) {
    written_ = make_lines(pool_->settings().endpoints, previous != nullptr ? previous->written_ : Lines{});
    for (const Line& line : written_) look_up_now(line);
    read_file(previous);
    Endpoints endpoints = make_endpoints();
    published_ = sorted_names(endpoints);
    pool_->start_with(std::move(endpoints));
}

config::Resolver Discovery::with_addresses(config::Resolver settings) {
    std::vector<config::TcpAddress> known;
    for (const config::TcpAddress& nameserver : settings.nameservers) {
        const auto addresses = resolve(nameserver);
        if (!addresses)
            warnings_.push_back(not_found("resolver", nameserver, addresses.error()));
        else
            for (const auto& address : *addresses)
                known.push_back({net::host_text(address), net::port_of(address)});
    }
    if (known.empty() && !settings.nameservers.empty())
        warnings_.push_back("no nameserver of upstream \"" + pool_->settings().name +
                            "\" is known; those of the system are asked");
    settings.nameservers = std::move(known);
    return settings;
}

Discovery::Names Discovery::names_of(const Lines& lines) {
    Names names;
    for (const Line& line : lines)
        if (line.name) names.emplace(line.name->question(), line.name);
    return names;
}

// A name that is followed for this pool goes on being so. Of one that another pool has followed, what is known.
Discovery::Line Discovery::make_line(const config::Endpoint& settings, const Names& known) const {
    if (!config::has_name(settings.address)) return {settings, records_of(resolve(settings.address).value()), nullptr};
    const auto until = settings.resolve ? NameWatch::Until::forever : NameWatch::Until::known;
    Question question = question_of(settings);
    const auto same = known.find(question);
    if (same != known.end() && loop_ != nullptr && same->second->until() == until) return {settings, {}, same->second};
    auto name = std::make_shared<NameWatch>(pool_->settings().name, std::move(question), until, resolver_);
    if (same != known.end()) name->know(same->second->records());
    return {settings, {}, std::move(name)};
}

Discovery::Lines Discovery::make_lines(const std::vector<config::Endpoint>& endpoints,
                                       const Lines& known) const {
    const Names names = names_of(known);
    Lines lines;
    for (const config::Endpoint& settings : endpoints) lines.push_back(make_line(settings, names));
    return lines;
}

void Discovery::look_up_now(const Line& line) {
    if (!line.name || line.settings.resolve) return;
    const auto addresses = resolve(line.settings.address);
    if (addresses)
        line.name->know(records_of(*addresses));
    else
        warnings_.push_back(not_found("upstream", line.settings.address, addresses.error()) +
                            "; it will be looked up again");
}

void Discovery::read_file(const Discovery* previous) {
    const config::Upstream& settings = pool_->settings();
    if (settings.endpoints_file.empty()) return;
    file_ = std::make_shared<EndpointsFile>(settings);
    EndpointsFile::Look look = file_->look();
    warnings_.insert(warnings_.end(), look.problems.begin(), look.problems.end());
    const bool knew = previous != nullptr && previous->file_ && previous->file_->path() == file_->path();
    const Lines known = knew ? previous->of_file_ : Lines{};
    if (!look.endpoints) {
        look.endpoints.emplace();
        for (const Line& line : known) look.endpoints->push_back(line.settings);
    }
    of_file_ = make_lines(*look.endpoints, known);
}

void Discovery::follow(const ControlLoop& loop) {
    if (loop_ != nullptr) {
        for (const Lines* lines : {&written_, &of_file_})
            for (const Line& line : *lines)
                if (line.name) line.name->ask();
        if (file_) file_->look_again();
        return;
    }
    loop_ = &loop;
    publication_.emplace(
        loop.deadlines, [](void* owner) { static_cast<Discovery*>(owner)->publish(); }, this);
    start(written_);
    start(of_file_);
    if (file_)
        file_->watch(loop, [this](const std::vector<config::Endpoint>& endpoints) { take_file(endpoints); });
}

void Discovery::start(const Lines& lines) {
    for (const Line& line : lines)
        if (line.name) line.name->start(*loop_, [this] { publication_->arm(net::Duration::zero()); });
}

void Discovery::take_file(const std::vector<config::Endpoint>& endpoints) {
    if (std::ranges::equal(endpoints, of_file_, {}, {}, &Line::settings)) return;
    of_file_ = make_lines(endpoints, of_file_);
    start(of_file_);
    publication_->arm(net::Duration::zero());
}

Endpoints Discovery::make_endpoints() const {
    std::vector<Candidate> found;
    for (const Lines* lines : {&written_, &of_file_})
        for (const Line& line : *lines)
            for (Candidate& each : candidates(line.settings, line.name ? line.name->records() : line.address))
                found.push_back(std::move(each));
    // nginx: "If there is only a single server in a group, max_fails, fail_timeout parameters are ignored,
    // and such a server will never be considered unavailable." Taking it out would leave nothing to answer
    // with. Nor would a slow start have anything to start beside (nginx: slow_start).
    if (found.size() == 1) {
        found.front().first.max_fails = 0;
        found.front().first.slow_start = {};
    }
    Endpoints endpoints;
    for (const auto& [settings, address] : found)
        endpoints.push_back(std::make_shared<Endpoint>(settings, address, *pool_->live()));
    return endpoints;
}

bool Discovery::is_settled() const {
    const auto settled = [](const Line& line) { return !line.name || line.name->is_settled(); };
    return std::all_of(written_.begin(), written_.end(), settled) &&
           std::all_of(of_file_.begin(), of_file_.end(), settled) && !(publication_ && publication_->armed());
}

void Discovery::publish() {
    Endpoints endpoints = make_endpoints();
    std::vector<std::string> names = sorted_names(endpoints);
    log_change(names);
    published_ = std::move(names);
    pool_->publish(pool_, std::move(endpoints));
}

void Discovery::log_change(const std::vector<std::string>& names) const {
    const std::string came = those_only_in(names, published_);
    const std::string went = those_only_in(published_, names);
    std::string text = came.empty() ? "" : came + " came";
    if (!went.empty()) text += (text.empty() ? "" : "; ") + went + " went";
    if (text.empty()) text = "endpoints have new settings";
    loop_->log(config::LogLevel::notice, "upstream \"" + pool_->settings().name + "\": " + text);
}

}  // namespace upstream
