// A history that grows by one point per interval.
#pragma once

#include "trend/history.hpp"
#include "trend/load_model.hpp"
#include "websocket/subscribers.hpp"

#include <chrono>
#include <cstdint>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace trend {

struct Settings {
    std::string file;                ///< "SECONDS,VALUE" lines; empty: points of the model up to now
    std::size_t points = 2'000'000;  ///< kept at most, and made at the start if there is no file
    std::uint64_t seed = 1;          ///< of the model, which also makes the live points
    double interval = 1.0;           ///< seconds from one point to the next
};

class Monitor {
  public:
    /// Throws std::runtime_error if the file cannot be read.
    Monitor(boost::asio::io_context& loop, const Settings& settings);

    const History& history() const { return history_; }
    /// Who is woken by each new point.
    backend::Subscribers& viewers() { return viewers_; }

  private:
    void add(double time) { history_.append({time, model_.next(time)}); }
    void wait();

    History history_;
    LoadModel model_;
    double interval_;
    boost::asio::steady_timer clock_;
    backend::Subscribers viewers_;
};

}  // namespace trend
