// The look-ups that wait for their turn, and how records are ordered.
#include "upstream/discovery/resolver.hpp"

#include "upstream/discovery/look_up.hpp"

#include <algorithm>
#include <tuple>

#include <boost/asio/post.hpp>

namespace upstream {

namespace {

class DnsCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "dns"; }
    std::string message(int status) const override { return ares_strerror(status); }
};

}  // namespace

const boost::system::error_category& dns_category() {
    static const DnsCategory category;
    return category;
}

bool Record::operator<(const Record& other) const {
    return std::tie(priority, address, target, weight) <
           std::tie(other.priority, other.address, other.target, other.weight);
}

void put_in_order(std::vector<Record>& records) {
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());
}

void Resolver::look_up(const config::Resolver& settings, Question question, OnAnswer on_answer) {
    waiting_.push_back(
        std::make_shared<LookUp>(executor_, settings, std::move(question), std::move(on_answer)));
    if (at_work_ < most_at_once) start_next();
}

void Resolver::start_next() {
    if (waiting_.empty()) return;
    ++at_work_;
    boost::asio::post(executor_, [this, next = std::move(waiting_.front())] {
        next->start([this] {
            --at_work_;
            start_next();
        });
    });
    waiting_.pop_front();
}

}  // namespace upstream
