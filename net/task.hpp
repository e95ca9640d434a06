// Coroutine vocabulary: Task<T>, and the completion token with which an operation returns its error code.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace net {

/// The concrete executor of a worker's event loop. A type-erased one would cost an indirect call per operation.
using Executor = boost::asio::io_context::executor_type;

template <typename T = void>
using Task = boost::asio::awaitable<T, Executor>;

/// `auto [error, bytes] = co_await socket.async_read_some(buffer, no_throw);`
inline constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{});

}  // namespace net
