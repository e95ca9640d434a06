// What the proxy asks of its allocator besides memory.
#pragma once

namespace proxy {

/// Gives memory that the calling thread does not use any more back to the system. Costs milliseconds.
void give_free_memory_back();

/// While one lives, what becomes free goes back at once, where a whole page of it does: otherwise only after a while, in case it
/// is needed again, and then not even give_free_memory_back() finds it. For the whole process.
class GivingBackAtOnce {
 public:
    GivingBackAtOnce();
    ~GivingBackAtOnce();
    GivingBackAtOnce(const GivingBackAtOnce&) = delete;
    GivingBackAtOnce& operator=(const GivingBackAtOnce&) = delete;
};

}  // namespace proxy
