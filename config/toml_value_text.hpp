// Values of the model as they stand behind the `=` in TOML.
#pragma once

#include "config/model.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// A TOML string, with what cannot stand in one escaped.
std::string in_quotes(std::string_view text);

/// A TOML key, quoted where it has to be.
std::string key(std::string_view name);

std::string text_of(bool value);
std::string text_of(unsigned value);
std::string text_of(std::uint64_t bytes);
std::string text_of(Duration value);
std::string text_of(HttpVersion value);
std::string text_of(ProxyProtocol value);
std::string text_of(const RetryCauses& causes);
std::string text_of(WebSocketMode value);
std::string text_of(LogLevel level);
std::string text_of(ClientVerification value);
std::string text_of(const TlsProtocols& protocols);
std::string text_of(const ProxyPass& pass);
std::string text_of(const std::vector<AccessLog>& logs);
std::string text_of(const std::vector<HeaderRule>& rules);
std::string text_of(const std::vector<TlsCommand>& commands);
std::string text_of(const std::vector<std::string>& texts);

}  // namespace config
