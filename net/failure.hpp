// Failure as a value: what went wrong, on whose side, and at which step of a connection's life.
#pragma once

#include <string>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace net {

using ErrorCode = boost::system::error_code;

/// Whose doing it was.
enum class Party { client, upstream, self };

/// The step at which it happened.
enum class Stage { request_head, request_body, connect, send_request, response_head, response_body, tunnel };

struct Failure {
    ErrorCode code;
    Party party = Party::self;
    Stage stage = Stage::request_head;

    bool operator==(const Failure&) const = default;
};

/// "upstream timed out while reading response header": the words of the error log.
std::string to_string(const Failure& failure);
const char* to_string(Party party);
const char* to_string(Stage stage);

/// Result of a step that knows whose failure it is.
template <typename T = void>
using Result = boost::system::result<T, Failure>;

/// Result of a plain input or output operation.
template <typename T = void>
using IoResult = boost::system::result<T, ErrorCode>;

/// Needed by boost::system::result; reached only by calling value() on a failure, which is a bug.
[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& where);

}  // namespace net
