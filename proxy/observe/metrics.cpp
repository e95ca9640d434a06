// Collecting metric families, which prometheus-cpp writes down.
#include "proxy/observe/metrics.hpp"

#include <map>
#include <utility>
#include <vector>

#include <prometheus/text_serializer.h>

namespace proxy::observe {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Labels = std::vector<ClientMetric::Label>;

class Gauge {
 public:
    Gauge(std::string name, std::string help) {
        family_.name = std::move(name);
        family_.help = std::move(help);
        family_.type = prometheus::MetricType::Gauge;
    }

    void add(Labels labels, double value) {
        ClientMetric metric;
        metric.label = std::move(labels);
        metric.gauge.value = value;
        family_.metric.push_back(std::move(metric));
    }

    MetricFamily&& family() && { return std::move(family_); }

 private:
    MetricFamily family_;
};

void add_endpoints(const upstream::Registry& pools, net::TimePoint now, std::vector<MetricFamily>& families) {
    Gauge leases("tidegate_endpoint_leases", "Requests and tunnels that an endpoint has now, over all workers.");
    Gauge eligible("tidegate_endpoint_eligible", "Whether an endpoint may be given a request now.");
    for (const auto& [name, pool] : pools.pools()) {
        struct State {
            std::size_t leases = 0;
            bool eligible = false;
        };
        std::map<std::string, State> states;
        const auto snapshot = pool->latest();
        for (const auto& endpoint : snapshot->endpoints) {
            State& state = states[endpoint->name()];
            state.leases = endpoint->leases();
            state.eligible = state.eligible || endpoint->eligible(now);
        }
        for (const auto& [address, state] : states) {
            const Labels labels{{"upstream", name}, {"endpoint", address}};
            leases.add(labels, static_cast<double>(state.leases));
            eligible.add(labels, state.eligible ? 1 : 0);
        }
    }
    families.push_back(std::move(leases).family());
    families.push_back(std::move(eligible).family());
}

void add_ports(const upstream::SourcePorts& ports, std::vector<MetricFamily>& families) {
    Gauge held("tidegate_source_ports_held",
               "Local ports that connections to an endpoint hold; without a source it is the kernel's choice.");
    for (const auto& usage : ports.usage())
        held.add({{"source", usage.source}, {"endpoint", usage.destination}}, static_cast<double>(usage.held));
    families.push_back(std::move(held).family());
    Gauge most("tidegate_source_ports_limit", "Local ports there are for each source and endpoint.");
    most.add({}, static_cast<double>(ports.ports_of_each_pair()));
    families.push_back(std::move(most).family());
}

}  // namespace

std::string metrics_text(const upstream::Registry& pools, const upstream::SourcePorts& ports, net::TimePoint now) {
    std::vector<MetricFamily> families;
    add_endpoints(pools, now, families);
    add_ports(ports, families);
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace proxy::observe
