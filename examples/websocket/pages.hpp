// Answers an ordinary HTTP request: health, a page, or an error.
#pragma once

#include "websocket/application.hpp"

#include <string_view>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message_generator.hpp>

namespace backend {

using PlainRequest = boost::beast::http::request<boost::beast::http::empty_body>;

/// GET and HEAD: "ok" at /healthz, a page at the path of a file, else 426 at a WebSocket path, 404 elsewhere.
boost::beast::http::message_generator answer(const Application& application, const PlainRequest& request);

/// A short text with `status`; ends the connection unless `request` asks to keep it.
boost::beast::http::message_generator text_answer(boost::beast::http::status status, std::string_view text,
                                                  const PlainRequest& request);

}  // namespace backend
