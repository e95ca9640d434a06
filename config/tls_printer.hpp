// The TLS part of a model as TOML settings.
#pragma once

#include "config/tls_model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace config {

struct PrintedSetting {
    std::string_view name;
    std::string value;  ///< as TOML
};

/// All of ssl_*; lists that are empty and files there are none of are left out.
std::vector<PrintedSetting> server_tls_settings(const ServerTls& tls);

/// All of proxy_ssl_*; what is empty is left out.
std::vector<PrintedSetting> upstream_tls_settings(const UpstreamTls& tls);

}  // namespace config
