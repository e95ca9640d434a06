// Checks of TLS that concern several directives at once: listeners and certificates, verification and trust.
#pragma once

#include "config/node.hpp"
#include "config/validator.hpp"

namespace config {

/// Reports listeners with TLS in one server and without in another, those without a certificate, and
/// verification without anyone to trust. No file is read here.
void validate_tls(const Model& model, const Origins& origins, Syntax syntax, Report& report);

}  // namespace config
