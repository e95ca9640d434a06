// The words for failures.
#include "net/failure.hpp"

#include <stdexcept>

namespace net {

const char* to_string(Party party) {
    switch (party) {
        case Party::client: return "client";
        case Party::upstream: return "upstream";
        case Party::self: return "proxy";
    }
    return "";
}

const char* to_string(Stage stage) {
    switch (stage) {
        case Stage::request_head: return "reading request header";
        case Stage::request_body: return "reading request body";
        case Stage::connect: return "connecting to upstream";
        case Stage::send_request: return "sending request to upstream";
        case Stage::response_head: return "reading response header from upstream";
        case Stage::response_body: return "passing response body";
        case Stage::tunnel: return "relaying tunnel";
    }
    return "";
}

std::string to_string(const Failure& failure) {
    return std::string(to_string(failure.party)) + ": " + failure.code.message() + " while " +
           to_string(failure.stage);
}

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
    throw std::logic_error("value() called on a failure: " + to_string(failure));
}

}  // namespace net
