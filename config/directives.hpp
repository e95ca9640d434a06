// The table of all directives: the one list behind both front ends, the builder and the documentation.
#pragma once

#include "config/directive.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace config {

/// All rows, in the order of the documentation.
const std::vector<Directive>& directives();

/// The row called `name` that may stand in one of `contexts`, or null.
const Directive* find_directive(std::string_view name, Contexts contexts, Syntax syntax);

/// Every name that may stand in one of `contexts`, for suggestions.
std::vector<std::string_view> directive_names(Contexts contexts, Syntax syntax);

/// "http, server, location": the contexts any row called `name` may stand in; empty if there is none.
std::string allowed_contexts(std::string_view name, Syntax syntax);

/// Whether nginx has a directive of this name that tidegate does not have yet.
bool is_known_to_nginx(std::string_view name);

/// All rows as a Markdown table: directive, arguments, contexts, description.
std::string directive_reference();

}  // namespace config
