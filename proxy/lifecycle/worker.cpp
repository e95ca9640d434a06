// The life of a worker.
#include "proxy/lifecycle/worker.hpp"

#include <boost/asio/executor_work_guard.hpp>

namespace proxy::lifecycle {

Worker::Worker(std::size_t index)
    : index_(index),
      timer_(context_.get_executor(), deadlines_),
      relay_(context_.get_executor(), deadlines_),
      kept_(index, deadlines_) {}

Worker::~Worker() {
    live_.on_empty(nullptr);
    listeners_.clear();
    timer_.stop();
}

void Worker::use(std::shared_ptr<Generation> generation) {
    generation_ = std::move(generation);
    // Made by locations of the old one, which have no successors that could be told.
    kept_.clear();
}

void Worker::listen(const accept::ListeningSockets& sockets) {
    std::erase_if(listeners_, [&](const auto& entry) { return !sockets.contains(entry.first); });
    for (const auto& [name, descriptors] : sockets)
        if (!listeners_.contains(name))
            listeners_.emplace(name, std::make_unique<accept::Listener>(*this, name, *descriptors));
}

void Worker::run() {
    const auto work = boost::asio::make_work_guard(context_);
    context_.run();
}

void Worker::drain() {
    listeners_.clear();
    live_.on_empty([this] { context_.stop(); });
    live_.drain();
    kept_.stop();
    if (live_.admitted() == 0) context_.stop();
}

void Worker::finish() {
    listeners_.clear();
    live_.cancel_all();
    kept_.stop();
    relay_.close_all("shutdown");
    context_.stop();
}

}  // namespace proxy::lifecycle
