// mimalloc; under a sanitizer, which brings its own allocator, whatever there is.
#include "proxy/allocator.hpp"

#ifdef TIDEGATE_MIMALLOC
#include <mimalloc.h>
#else
#include <malloc.h>
#endif

namespace proxy {

void give_free_memory_back() {
#ifdef TIDEGATE_MIMALLOC
    ::mi_collect(true);
#else
    ::malloc_trim(0);
#endif
}

}  // namespace proxy
