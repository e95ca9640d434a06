// Decodes request targets with Boost.URL; compares Origin with Host; splits subprotocol lists.
#include "websocket/request.hpp"

#include <algorithm>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/url.hpp>

namespace backend {
namespace {

bool has_nul(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return c == '\0'; });
}

/// The port as a number in a string; the one of the scheme where none is written.
std::string_view port_or_default(boost::urls::url_view url) {
    if (url.has_port() && !url.port().empty()) return {url.port().data(), url.port().size()};
    return boost::iequals(url.scheme(), "https") || boost::iequals(url.scheme(), "wss") ? "443" : "80";
}

}  // namespace

std::optional<std::string> Arguments::last(std::string_view name) const {
    for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
        if (pair->first == name) return pair->second;
    }
    return std::nullopt;
}

std::vector<std::string> Arguments::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : pairs_) {
        if (key == name) values.push_back(value);
    }
    return values;
}

std::optional<Request> Request::parse(std::string_view target, boost::beast::http::fields headers) {
    const auto url = boost::urls::parse_origin_form({target.data(), target.size()});
    if (!url || target.empty() || target.front() != '/') return std::nullopt;
    std::vector<std::pair<std::string, std::string>> pairs;
    boost::urls::encoding_opts decoding;
    decoding.space_as_plus = true;
    for (const auto& item : url->params(decoding)) {
        if (has_nul(item.key) || has_nul(item.value)) return std::nullopt;
        pairs.emplace_back(item.key, item.value);
    }
    std::string path = url->path();
    if (has_nul(path)) return std::nullopt;
    return Request{std::move(path), Arguments(std::move(pairs)), std::move(headers)};
}

bool same_origin_host(std::string_view origin, std::string_view host) {
    const auto from = boost::urls::parse_uri({origin.data(), origin.size()});
    if (!from || !from->has_authority() || host.empty()) return false;
    // A Host header has no scheme: its missing port is the default one of the origin's scheme.
    const std::string there = std::string(from->scheme()) + "://" + std::string(host);
    const auto to = boost::urls::parse_uri(there);
    if (!to) return false;
    return boost::iequals(from->encoded_host(), to->encoded_host()) &&
           port_or_default(*from) == port_or_default(*to);
}

std::vector<std::string> split_subprotocols(std::string_view header) {
    std::vector<std::string> names;
    for (const auto& name : boost::beast::http::token_list({header.data(), header.size()})) {
        names.emplace_back(name.data(), name.size());
    }
    return names;
}

}  // namespace backend
