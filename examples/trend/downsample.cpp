// One pass over the samples, two looks at each.
#include "trend/downsample.hpp"

#include <cmath>

namespace trend {
namespace {

struct Corner {
    double time, value;
};

Corner corner(const Sample& sample) {
    return {sample.time, static_cast<double>(sample.value)};
}

/// Twice the area of the triangle, which compares as well.
double triangle(Corner a, Corner b, Corner c) {
    return std::abs((a.time - c.time) * (b.value - a.value) - (a.time - b.time) * (c.value - a.value));
}

Corner average(const Samples& samples, std::size_t begin, std::size_t end) {
    Corner sum{0, 0};
    for (std::size_t i = begin; i < end; ++i) {
        sum.time += samples[i].time;
        sum.value += static_cast<double>(samples[i].value);
    }
    const auto count = static_cast<double>(end - begin);
    return {sum.time / count, sum.value / count};
}

}  // namespace

std::vector<Sample> downsample(const Samples& samples, std::size_t points) {
    if (points >= samples.size()) return {samples.begin(), samples.end()};
    std::vector<Sample> chosen;
    if (points > 0) chosen.push_back(samples.front());
    const std::size_t buckets = points > 2 ? points - 2 : 0;
    const std::size_t inner = samples.size() - 2;
    const auto bucket_begin = [&](std::size_t bucket) { return 1 + bucket * inner / buckets; };
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
        const auto begin = bucket_begin(bucket);
        const auto end = bucket_begin(bucket + 1);
        const auto next =
            bucket + 1 < buckets ? average(samples, end, bucket_begin(bucket + 2)) : corner(samples.back());
        const Corner before = corner(chosen.back());
        std::size_t best = begin;
        double best_area = -1;
        for (std::size_t i = begin; i < end; ++i) {
            const double area = triangle(before, corner(samples[i]), next);
            if (area > best_area) {
                best_area = area;
                best = i;
            }
        }
        chosen.push_back(samples[best]);
    }
    if (points > 1) chosen.push_back(samples.back());
    return chosen;
}

}  // namespace trend
