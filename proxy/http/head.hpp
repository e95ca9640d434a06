// A parsed message head: start line and fields.
#pragma once

#include <string>

#include "proxy/http/fields.hpp"

namespace proxy::http {

enum class Version { http_1_0, http_1_1 };

struct RequestHead {
    std::string method;  ///< case-sensitive, as it came
    std::string target;  ///< request-target as it came
    Version version = Version::http_1_1;
    Fields fields;

    /// The request line, for logs.
    std::string line() const {
        return method + ' ' + target + (version == Version::http_1_1 ? " HTTP/1.1" : " HTTP/1.0");
    }
};

struct ResponseHead {
    unsigned status = 0;
    std::string reason;
    Version version = Version::http_1_1;
    Fields fields;
};

}  // namespace proxy::http
