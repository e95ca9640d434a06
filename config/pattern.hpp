// A regular expression of a configuration, checked when it is read and compiled where it is used (PCRE2, as in nginx).
#pragma once

#include "config/report.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

struct pcre2_real_code_8;

namespace config {

/// Immutable; may be used from many threads at once.
class Pattern {
  public:
    /// The problem says what is wrong and at which character. Expressions are matched byte by byte.
    static boost::system::result<Pattern, Problem> compile(const std::string& text);

    /// Whether some of `subject` matches. The work is bounded: an expression that takes too many steps on this subject
    /// does not match it.
    bool matches(std::string_view subject) const;

  private:
    explicit Pattern(std::shared_ptr<const pcre2_real_code_8> code) : code_(std::move(code)) {}

    std::shared_ptr<const pcre2_real_code_8> code_;
};

}  // namespace config
