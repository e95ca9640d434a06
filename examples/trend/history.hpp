// A long monitoring history in memory: the newest samples up to a number, each with a number of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>

namespace trend {

struct Sample {
    double time = 0;  ///< seconds since 1970 (UTC)
    float value = 0;
    bool operator==(const Sample&) const = default;
};

using Samples = std::deque<Sample>;

/// Samples are numbered from 0 as they are appended; the oldest ones give way when `capacity` is reached.
class History {
  public:
    explicit History(std::size_t capacity) : capacity_(capacity) {}

    void append(Sample sample);

    std::uint64_t begin() const { return first_; }
    std::uint64_t end() const { return first_ + samples_.size(); }
    /// `number` from begin() to before end().
    const Sample& operator[](std::uint64_t number) const { return samples_[number - first_]; }
    const Samples& samples() const { return samples_; }

  private:
    std::size_t capacity_;
    std::uint64_t first_ = 0;
    Samples samples_;
};

/// Appends a text file's lines "SECONDS,VALUE" to `history`; times must rise. Throws std::runtime_error with
/// the line number.
void load_csv(const std::filesystem::path& file, History& history);

}  // namespace trend
