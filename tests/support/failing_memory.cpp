// operator new with a limit. All other forms of it lead here.
#include "tests/support/failing_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
thread_local std::size_t limit = unlimited;

}  // namespace

FailingMemory::FailingMemory(std::size_t size) { limit = size; }

FailingMemory::~FailingMemory() { limit = unlimited; }

void* operator new(std::size_t size) {
    if (size < limit)
        if (void* const memory = std::malloc(std::max<std::size_t>(size, 1))) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
