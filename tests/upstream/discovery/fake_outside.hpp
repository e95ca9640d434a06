// Nameservers whose answers a test gives, a clock that it moves, and the log it reads.
#pragma once

#include "tests/net/fake_clock.hpp"
#include "upstream/discovery/control_loop.hpp"

#include <algorithm>
#include <ares.h>
#include <cstdlib>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

namespace upstream_tests {

inline upstream::Record record(const std::string& host_and_port) {
    const auto colon = host_and_port.rfind(':');
    upstream::Record record;
    record.address = net::tcp_address(boost::asio::ip::make_address(host_and_port.substr(0, colon)),
                                      static_cast<std::uint16_t>(std::stoi(host_and_port.substr(colon + 1))));
    return record;
}

class FakeOutside {
  public:
    /// Answers the oldest open question about a host. There must be one.
    void answer(const std::string& host, const std::vector<std::string>& addresses,
                std::chrono::seconds ttl = std::chrono::seconds(30)) {
        upstream::Answer answer{{}, ttl};
        for (const std::string& address : addresses) answer.records.push_back(record(address));
        give(host, std::move(answer));
    }
    void give(const std::string& host, upstream::Answer answer) {
        put_in_order(answer.records);
        take(host)(std::move(answer));
    }
    void fail(const std::string& host, int status = ARES_ETIMEOUT) {
        take(host)(net::ErrorCode(status, upstream::dns_category()));
    }

    /// Open questions.
    std::size_t open() const { return questions_.size(); }
    std::size_t asked() const { return asked_; }

    /// Moves the clock; what becomes due happens.
    void advance(net::Duration by) {
        clock_.advance(by);
        deadlines_.expire(net_tests::FakeClock::now());
    }

    std::vector<std::string> log;
    boost::asio::io_context context;

  private:
    struct Open {
        std::string host;
        upstream::OnAnswer on_answer;
    };

    upstream::OnAnswer take(const std::string& host) {
        const auto found = std::find_if(questions_.begin(), questions_.end(),
                                        [&](const Open& open) { return open.host == host; });
        if (found == questions_.end()) {
            ADD_FAILURE() << "nobody asks for " << host;
            return [](const auto&) {};
        }
        const auto on_answer = std::move(found->on_answer);
        questions_.erase(found);
        return on_answer;
    }

    net_tests::FakeClock clock_;
    net::DeadlineQueue deadlines_{&net_tests::FakeClock::now};
    std::vector<Open> questions_;
    std::size_t asked_ = 0;

  public:
    const upstream::ControlLoop loop{
        context.get_executor(), deadlines_,
        [this](const config::Resolver&, const upstream::Question& question, upstream::OnAnswer on_answer) {
            ++asked_;
            questions_.push_back({question.host, std::move(on_answer)});
        },
        [this](config::LogLevel, const std::string& line) { log.push_back(line); }};
};

}  // namespace upstream_tests
