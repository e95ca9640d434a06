// What the lines of an upstream block may not say together.
#pragma once

#include "config/model.hpp"
#include "config/node.hpp"
#include "config/report.hpp"

namespace config {

/// Whether names of the pool may have to be looked up while it is at work.
bool follows_names(const Upstream& upstream);

/// Reports parameters of `server` that the balancing method of the block has no use for, a queue without
/// limit, and a block of backups only.
void check_upstream(const Node& block, const Upstream& upstream, Report& report);

}  // namespace config
