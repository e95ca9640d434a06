// What a backend offers: WebSocket handlers by path, and the pages of one folder for every other path.
#pragma once

#include "websocket/handler.hpp"
#include "websocket/static_files.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace backend {

class Application {
  public:
    using Factory = std::function<std::unique_ptr<WebSocketHandler>()>;

    /// A new handler for each connection to exactly `path`.
    void add_handler(std::string path, Factory factory) { factories_[std::move(path)] = std::move(factory); }

    /// `add_handler` for a class whose constructor takes `arguments`; references must outlive the server.
    template <class Handler, class... Arguments>
    void route(std::string path, Arguments&... arguments) {
        add_handler(std::move(path), [&arguments...] { return std::make_unique<Handler>(arguments...); });
    }

    /// Serves GET and HEAD from `folder`. Throws std::filesystem::filesystem_error if it is not there.
    void serve_pages(const std::filesystem::path& folder) { pages_.emplace(folder); }

    /// Null if no handler has this path.
    const Factory* factory(const std::string& path) const {
        const auto found = factories_.find(path);
        return found == factories_.end() ? nullptr : &found->second;
    }
    const std::optional<StaticFiles>& pages() const { return pages_; }

  private:
    std::map<std::string, Factory> factories_;
    std::optional<StaticFiles> pages_;
};

}  // namespace backend
