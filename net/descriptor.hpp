// A file descriptor with an owner.
#pragma once

#include <utility>

#include "net/system_calls.hpp"

namespace net {

class Descriptor {
 public:
    Descriptor() = default;
    explicit Descriptor(int descriptor) : value_(descriptor) {}
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Descriptor() { reset(); }

    int get() const { return value_; }
    explicit operator bool() const { return value_ >= 0; }
    int release() { return std::exchange(value_, -1); }

    void reset() {
        if (value_ >= 0) kernel::close(std::exchange(value_, -1));
    }

 private:
    int value_ = -1;
};

}  // namespace net
