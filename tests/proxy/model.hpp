// A configuration made from text, for tests.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "config/loader.hpp"

namespace proxy_tests {

/// What comes of these directives inside http {}, without an access log; throws where they are wrong.
inline std::shared_ptr<const config::Model> model_of(const std::string& inside_http) {
    const config::Loaded loaded =
        config::load_text("test.conf", "events {} http { access_log off; " + inside_http + " }", {});
    if (!loaded.model) throw std::runtime_error(config::render(loaded.diagnostics.front()));
    return loaded.model;
}

}  // namespace proxy_tests
