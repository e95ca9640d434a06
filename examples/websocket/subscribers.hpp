// The connections that want to hear of news from one source.
#pragma once

#include "websocket/handler.hpp"

#include <set>

namespace backend {

/// Add a handler in its open(), remove it in its on_close().
class Subscribers {
  public:
    void add(WebSocketHandler& handler) { handlers_.insert(&handler); }
    void remove(WebSocketHandler& handler) { handlers_.erase(&handler); }

    /// Wakes everybody: whoever has nothing queued fetches what is new.
    void notify() {
        for (auto* handler : handlers_) handler->wake();
    }

  private:
    std::set<WebSocketHandler*> handlers_;
};

}  // namespace backend
