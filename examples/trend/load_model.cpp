// Rhythm, noise and incidents, added up.
#include "trend/load_model.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace trend {
namespace {

double wave(double time, double period) {
    return std::sin(2 * std::numbers::pi * time / period);
}

constexpr double day = 86'400;
constexpr double incidents_per_sample = 1.0 / 60'000;

}  // namespace

// Not std::uniform_real_distribution: its results may differ from one standard library to the next.
double LoadModel::uniform() {
    return static_cast<double>(random_() >> 11) * 0x1.0p-53;
}

float LoadModel::next(double time) {
    noise_ = 0.98 * noise_ + 0.7 * (uniform() + uniform() + uniform() - 1.5);
    incident_ *= 0.9985;
    if (uniform() < incidents_per_sample) incident_ = 30 + 30 * uniform();
    const double rhythm = 36 + 16 * wave(time - day / 4, day) + 5 * wave(time, 7 * day);
    return static_cast<float>(std::clamp(rhythm + noise_ + incident_, 0.0, 100.0));
}

}  // namespace trend
