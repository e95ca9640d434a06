// Fewer points with the same shape: Largest Triangle Three Buckets.
#pragma once

#include "trend/history.hpp"

#include <vector>

namespace trend {

/// At most `points` of `samples`, in order: the first, the last, and from each of the buckets between them
/// the sample that spans the largest triangle with the one chosen before and the average of the next bucket
/// (Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", 2013). All of them if `points`
/// is not smaller; with fewer than 3 points, the first and the last as far as they fit.
std::vector<Sample> downsample(const Samples& samples, std::size_t points);

}  // namespace trend
