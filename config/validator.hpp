// Checks that concern several directives at once: listeners, names, locations, upstreams.
#pragma once

#include "config/model.hpp"
#include "config/report.hpp"

#include <vector>

namespace config {

/// Where the parts of a model stood, index for index.
struct Origins {
    struct ServerOrigin {
        Span where;
        std::vector<Span> listen;
        std::vector<Span> names;
        std::vector<Span> locations;
    };
    std::vector<ServerOrigin> servers;
    std::vector<Span> upstreams;  ///< of the upstream blocks; pools made for an address have none
};

/// Reports duplicates and conflicts, and lets a socket option given once for an address hold for every
/// `listen` of it (as in nginx).
void validate(Model& model, const Origins& origins, Report& report);

}  // namespace config
