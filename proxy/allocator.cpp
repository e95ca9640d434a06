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
    // Without the delay with which it gives back what may be needed again soon: nobody may come by when that is over.
    static const long delay = ::mi_option_get(mi_option_decommit_delay);
    ::mi_option_set(mi_option_decommit_delay, 0);
    ::mi_collect(true);
    ::mi_option_set(mi_option_decommit_delay, delay);
#else
    ::malloc_trim(0);
#endif
}

}  // namespace proxy
