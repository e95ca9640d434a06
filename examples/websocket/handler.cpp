// The default answers of a WebSocketHandler and its way to the connection.
#include "websocket/handler.hpp"

#include <charconv>

#include <boost/algorithm/string/trim.hpp>

namespace backend {

bool WebSocketHandler::check_origin(std::string_view origin) const {
    return same_origin_host(origin, request_->headers[boost::beast::http::field::host]);
}

std::optional<std::string> WebSocketHandler::select_subprotocol(const std::vector<std::string>&) {
    return std::nullopt;
}

void WebSocketHandler::attach(const Request& request, Channel& channel) {
    request_ = &request;
    channel_ = &channel;
}

void WebSocketHandler::write_message(std::string text) {
    write_message(Message{std::move(text), MessageKind::text});
}

void WebSocketHandler::write_message(Message message) {
    channel_->send(std::make_shared<const Message>(std::move(message)));
}

void WebSocketHandler::write_message(OutgoingMessage message) {
    channel_->send(std::move(message));
}

void WebSocketHandler::close(std::uint16_t code, std::string reason) {
    channel_->close(code, std::move(reason));
}

std::string WebSocketHandler::get_argument(std::string_view name) const {
    auto value = request_->arguments.last(name);
    if (!value) throw BadArgument("missing argument " + std::string(name));
    return boost::trim_copy(*value);
}

std::string WebSocketHandler::get_argument(std::string_view name, std::string_view fallback) const {
    return boost::trim_copy(request_->arguments.last(name).value_or(std::string(fallback)));
}

std::size_t WebSocketHandler::get_number(std::string_view name, std::size_t fallback,
                                         std::size_t largest) const {
    if (!request_->arguments.last(name)) return fallback;
    const std::string text = get_argument(name);
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool overflow = error == std::errc::result_out_of_range;
    if (end != text.data() + text.size() || (error != std::errc() && !overflow)) {
        throw BadArgument("argument " + std::string(name) + " is not a number");
    }
    return overflow ? largest : std::min(value, largest);
}

}  // namespace backend
