// How a load program and whoever measures the proxy keep time with each other: lines on standard input and
// output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace load {

/** Prints "ready" and waits for a line: nothing is in flight, so the proxy's CPU time can be read. */
void announce_ready();

/** What went wrong: all of it counted, the first few in words. */
class Errors {
  public:
    void add(const std::string& reason);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] const std::vector<std::string>& reasons() const { return reasons_; }

  private:
    std::uint64_t count_ = 0;
    std::vector<std::string> reasons_;
};

/** One figure of a result. */
struct Figure {
    std::string_view name;
    double value;
};

/** Prints the result as one line of JSON and waits for a line. True when that says "again": the same is to be announced and
    measured once more. */
bool report(const Errors& errors, const std::vector<Figure>& figures);

}  // namespace load
