// Nodes and the directive table -> model: contexts, argument counts, inheritance.
#pragma once

#include "config/directive.hpp"
#include "config/validator.hpp"

#include <vector>

namespace config {

struct Built {
    Model model;
    Origins origins;
};

/// Applies every node through the table and reports what does not fit. A level's own directives count for the
/// blocks in it wherever they stand. Directives of `http` at the top level need no `http {}` around them.
Built build(const std::vector<Node>& nodes, Syntax syntax, const Directories& directories, Report& report);

}  // namespace config
