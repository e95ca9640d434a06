// The end of memory, for tests of what becomes of the rest then.
#pragma once

#include <cstddef>

/// While it lives, operator new throws std::bad_alloc on this thread for `size` bytes and more. Only for programs that link
/// failing_memory.cpp.
class FailingMemory {
  public:
    explicit FailingMemory(std::size_t size);
    ~FailingMemory();
    FailingMemory(const FailingMemory&) = delete;
    FailingMemory& operator=(const FailingMemory&) = delete;
};
