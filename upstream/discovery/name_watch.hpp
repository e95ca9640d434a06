// One name that is looked up again and again, and what was last known of it.
#pragma once

#include "upstream/discovery/control_loop.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace upstream {

/// How long an answer is good: `valid` of the resolver, or its TTL up to an hour; 30 s at most where it has gaps, and a
/// second at least.
net::Duration good_for(const Answer& answer, const config::Resolver& settings);

/// How long to wait before the look-up behind `failures` (from 1) that have failed: 1 s doubling to 30 s.
net::Duration retry_delay(unsigned failures);

/// Asks when the last answer has aged. A look-up that fails, because nobody answers as well as because the
/// name does not exist, changes nothing of what is known, and is tried again after retry_delay().
class NameWatch : public std::enable_shared_from_this<NameWatch> {
  public:
    /// When to stop asking.
    enum class Until { known, forever };

    NameWatch(std::string pool, Question question, Until until, config::Resolver settings)
        : pool_(std::move(pool)),
          question_(std::move(question)),
          until_(until),
          settings_(std::move(settings)) {}

    /// Takes over what was known before.
    void know(std::vector<Record> records) { records_ = std::move(records); }

    /// The records of the last answer that was one, or those given to know().
    const std::vector<Record>& records() const { return records_; }
    const Question& question() const { return question_; }
    Until until() const { return until_; }

    /// Begins to ask, unless nothing is left to find out. `changed` is called when records() has changed. Once: what has
    /// begun goes on as it is.
    void start(const ControlLoop& loop, std::function<void()> changed);

    /// Asks now, whatever has been found out.
    void ask();

    /// Whether start() has led to an answer or a failure.
    bool is_settled() const { return is_settled_; }

  private:
    void take(const net::IoResult<Answer>& answer);
    void failed(const net::ErrorCode& error);
    std::string text() const;

    std::string pool_;
    Question question_;
    Until until_;
    config::Resolver settings_;
    std::vector<Record> records_;
    bool is_asking_ = false;
    bool is_settled_ = true;
    unsigned failures_ = 0;  // since the last answer
    const ControlLoop* loop_ = nullptr;
    std::function<void()> changed_;
    std::optional<net::Deadline> next_;
};

}  // namespace upstream
