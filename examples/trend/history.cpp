// Keeps the newest samples; reads them from a file.
#include "trend/history.hpp"

#include <charconv>
#include <fstream>
#include <stdexcept>
#include <string>

namespace trend {

void History::append(Sample sample) {
    samples_.push_back(sample);
    if (samples_.size() > capacity_) {
        samples_.pop_front();
        ++first_;
    }
}

namespace {

bool parse_line(std::string_view line, Sample& sample) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const char* const end = line.data() + line.size();
    const auto time = std::from_chars(line.data(), end, sample.time);
    if (time.ec != std::errc() || time.ptr == end || *time.ptr != ',') return false;
    const auto value = std::from_chars(time.ptr + 1, end, sample.value);
    return value.ec == std::errc() && value.ptr == end;
}

}  // namespace

void load_csv(const std::filesystem::path& file, History& history) {
    std::ifstream input(file);
    if (!input) throw std::runtime_error("cannot read " + file.string());
    std::string line;
    for (std::size_t number = 1; std::getline(input, line); ++number) {
        Sample sample;
        const bool parsed = parse_line(line, sample);
        const bool first = history.begin() == history.end();
        if (!parsed || (!first && !(sample.time > history[history.end() - 1].time))) {
            throw std::runtime_error(file.string() + ":" + std::to_string(number) +
                                     ": expected SECONDS,VALUE with rising SECONDS");
        }
        history.append(sample);
    }
}

}  // namespace trend
