// Numbers about the pools at work, for Prometheus.
#pragma once

#include <string>

#include "upstream/registry.hpp"
#include "upstream/connect/source_ports.hpp"

namespace proxy::observe {

/// The media type of metrics_text().
inline constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

/// What the configuration of these pools has its endpoints do, and the local ports they hold, in Prometheus' text
/// format 0.0.4. From any thread. An address that a pool knows under two names is told of once.
std::string metrics_text(const upstream::Registry& pools, const upstream::SourcePorts& ports, net::TimePoint now);

}  // namespace proxy::observe
