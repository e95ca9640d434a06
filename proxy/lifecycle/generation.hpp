// One loaded configuration at work: the model with its pools and routes.
#pragma once

#include <memory>

#include "config/model.hpp"
#include "proxy/route/router.hpp"
#include "upstream/registry.hpp"

namespace proxy::lifecycle {

/// Immutable once made. Requests hold the generation they started with; tunnels hold none.
class Generation {
 public:
    Generation(std::shared_ptr<const config::Model> model, const std::vector<net::Executor>& workers,
               observe::LogFiles& files, const Generation* previous, const route::TlsSetup& tls = {})
        : model_(std::move(model)),
          registry_(model_->upstreams, workers, previous != nullptr ? &previous->registry_ : nullptr),
          router_(*model_, registry_, tls, files) {}

    const config::Model& model() const { return *model_; }
    upstream::Registry& registry() { return registry_; }
    const upstream::Registry& registry() const { return registry_; }
    const route::Router& router() const { return router_; }

 private:
    std::shared_ptr<const config::Model> model_;
    upstream::Registry registry_;
    route::Router router_;
};

}  // namespace proxy::lifecycle
