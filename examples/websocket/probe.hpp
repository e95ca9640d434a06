// A health check without curl: one HTTP request, one verdict.
#pragma once

#include <chrono>
#include <string>

namespace backend {

/// GETs `url` ("http://host:port/path") within `timeout` and returns the HTTP status. Throws
/// std::runtime_error if there is none.
unsigned probe(const std::string& url, std::chrono::milliseconds timeout);

}  // namespace backend
