// The category whose values are statuses.
#include "proxy/http/refusal.hpp"

#include <string>

namespace proxy::http {

namespace {

class Category final : public boost::system::error_category {
 public:
    const char* name() const noexcept override { return "refusal"; }
    std::string message(int status) const override { return "answered " + std::to_string(status); }
};

const Category& category() {
    static const Category one;
    return one;
}

}  // namespace

boost::system::error_code refused_with(unsigned status) { return {static_cast<int>(status), category()}; }

unsigned refusal_status(const boost::system::error_code& error) {
    return error.category() == category() ? static_cast<unsigned>(error.value()) : 0;
}

}  // namespace proxy::http
