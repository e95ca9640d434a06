// What the proxy asks of its allocator besides memory.
#pragma once

namespace proxy {

/// Gives memory that the calling thread does not use any more back to the system. Costs milliseconds.
void give_free_memory_back();

}  // namespace proxy
