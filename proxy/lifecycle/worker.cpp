// The life of a worker.
#include "proxy/lifecycle/worker.hpp"

namespace proxy::lifecycle {

Worker::Worker(std::size_t index)
    : index_(index),
      timer_(loop_.executor(), deadlines_),
      relay_(loop_.executor(), deadlines_),
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

void Worker::run() { loop_.run(); }

void Worker::drain() {
    listeners_.clear();
    live_.on_empty([this] { loop_.stop(); });
    live_.drain();
    kept_.stop();
    if (live_.admitted() == 0) loop_.stop();
}

void Worker::finish() {
    listeners_.clear();
    live_.cancel_all();
    kept_.stop();
    relay_.close_all("shutdown");
    loop_.stop();
}

}  // namespace proxy::lifecycle
