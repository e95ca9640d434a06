// The pace of look-ups.
#include "upstream/discovery/name_watch.hpp"

#include "upstream/discovery/srv.hpp"

#include <algorithm>

namespace upstream {

using namespace std::chrono_literals;

namespace {

constexpr net::Duration shortest = 1s;        // a TTL of 0 must not keep nameservers busy
constexpr std::chrono::seconds longest = 1h;  // nor may one of years keep a mistake for ever

// When to ask again for what only some of those asked could tell of, whatever `valid` says.
constexpr net::Duration longest_with_gaps = 30s;

bool fills(const Gap& gap, const Record& known) {
    return known.target == gap.record.target && known.address.protocol().family() == gap.family &&
           net::port_of(known.address) == gap.port;
}

// What an answer says, with what was known before in its gaps.
std::vector<Record> filled(const Answer& answer, const std::vector<Record>& known) {
    std::vector<Record> records = answer.records;
    for (const Gap& gap : answer.gaps)
        for (const Record& old : known) {
            if (!fills(gap, old) || records.size() >= most_records) continue;
            records.push_back(gap.record);
            records.back().address = old.address;
        }
    put_in_order(records);
    return records;
}

}  // namespace

net::Duration good_for(const Answer& answer, const config::Resolver& settings) {
    const net::Duration good = settings.valid.value_or(std::min(answer.ttl, longest));
    return std::max(answer.gaps.empty() ? good : std::min(good, longest_with_gaps), shortest);
}

net::Duration retry_delay(unsigned failures) {
    return std::chrono::seconds(std::min(1u << std::min(failures - 1, 5u), 30u));
}

void NameWatch::start(const ControlLoop& loop, std::function<void()> changed) {
    if (loop_ != nullptr) return;
    loop_ = &loop;
    changed_ = std::move(changed);
    const auto ask_again = [](void* owner) { static_cast<NameWatch*>(owner)->ask(); };
    next_.emplace(loop.deadlines, ask_again, this);
    if (until_ == Until::known && !records_.empty()) return;
    is_settled_ = false;
    ask();
}

void NameWatch::ask() {
    if (is_asking_) return;
    is_asking_ = true;
    next_->disarm();
    loop_->look_up(settings_, question_, [watch = weak_from_this()](const net::IoResult<Answer>& answer) {
        if (const auto self = watch.lock()) self->take(answer);
    });
}

void NameWatch::take(const net::IoResult<Answer>& answer) {
    is_asking_ = false;
    is_settled_ = true;
    if (!answer) return failed(answer.error());
    if (failures_ > 0)
        loop_->log(config::LogLevel::notice, text() + " is known, after " + std::to_string(failures_) +
                                                 (failures_ == 1 ? " look-up" : " look-ups") +
                                                 " that failed");
    failures_ = 0;
    if (until_ == Until::forever) next_->arm(good_for(*answer, settings_));
    std::vector<Record> records = filled(*answer, records_);
    if (records == records_) return;
    records_ = std::move(records);
    changed_();
}

// The first of several failures is worth a line: the others are the same.
void NameWatch::failed(const net::ErrorCode& error) {
    if (failures_++ == 0)
        loop_->log(config::LogLevel::warn,
                   text() + " could not be looked up: " + error.message() +
                       (records_.empty() ? "; it is tried again" : "; what is known of it stays"));
    next_->arm(retry_delay(failures_));
}

std::string NameWatch::text() const {
    const std::string& service = question_.service;
    const std::string name = service.empty() ? question_.host : srv_name(question_.host, service);
    return "upstream \"" + pool_ + "\": " + name;
}

}  // namespace upstream
