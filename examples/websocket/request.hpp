// The HTTP request behind a page or a WebSocket: the decoded path, the arguments of the query, the headers.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/beast/http/fields.hpp>

namespace backend {

/// The arguments behind `?` in a request target, percent-decoded, `+` as a space, in their order.
class Arguments {
  public:
    Arguments() = default;
    explicit Arguments(std::vector<std::pair<std::string, std::string>> pairs) : pairs_(std::move(pairs)) {}

    /// The last value given for `name`, as Tornado's get_argument takes it.
    std::optional<std::string> last(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

struct Request {
    std::string path;  ///< decoded, begins with '/'
    Arguments arguments;
    boost::beast::http::fields headers;

    /// Reads an origin-form target (RFC 9112, section 3.2.1): "/logs?last=100". Nothing for anything else,
    /// and for a target with a bad percent escape or an escaped NUL.
    static std::optional<Request> parse(std::string_view target, boost::beast::http::fields headers);
};

/// Thrown by the argument getters; before the handshake it becomes a 400, after it a close with 1008.
class BadArgument : public std::invalid_argument {
  public:
    using std::invalid_argument::invalid_argument;
};

/// Whether an Origin header ("http://host:port") names the same host and port as a Host header.
bool same_origin_host(std::string_view origin, std::string_view host);

/// The names in a Sec-WebSocket-Protocol header, in their order (RFC 6455, section 11.3.4).
std::vector<std::string> split_subprotocols(std::string_view header);

}  // namespace backend
