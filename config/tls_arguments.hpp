// Typed reading of arguments that the ssl_* and proxy_ssl_* directives share.
#pragma once

#include "config/directive.hpp"

#include <optional>
#include <string>

namespace config {

/// Whether an empty name stands for "no file", which undoes what was inherited.
enum class EmptyName { error, no_file };

/// The name of a file, absolute, relative ones starting beside the main configuration file; nothing after an
/// error. An empty name stays empty. The file itself is not looked at.
std::optional<std::string> read_file_name(const Argument& argument, EmptyName empty, const Scope& scope);

/// The same for a certificate or key, where nginx would also take variables, data and the names of engines.
std::optional<PlacedFile> read_certificate_name(const Argument& argument, EmptyName empty,
                                                const Scope& scope);

/// The names of `ssl_protocols`; warns about those that are not offered, nothing may be left over.
std::optional<TlsProtocols> read_protocols(const Node& node, Report& report);

/// A text for OpenSSL, which checks it when it is used: not empty, without control characters.
std::optional<std::string> read_tls_text(const Argument& argument, Report& report);

/// The NAME and VALUE of `ssl_conf_command`.
std::optional<TlsCommand> read_tls_command(const Node& node, Report& report);

/// How long a chain of certificates may be.
std::optional<unsigned> read_verify_depth(const Argument& argument, Report& report);

}  // namespace config
