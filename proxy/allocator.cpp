// mimalloc; under a sanitizer, which brings its own allocator, whatever there is.
#include "proxy/allocator.hpp"

#ifdef TIDEGATE_MIMALLOC
#include <mimalloc.h>
#else
#include <malloc.h>
#endif

namespace proxy {

#ifdef TIDEGATE_MIMALLOC

namespace {

// In milliseconds; as long as nobody has set it.
long usual_delay() {
    static const long delay = ::mi_option_get(mi_option_decommit_delay);
    return delay;
}

}  // namespace

GivingBackAtOnce::GivingBackAtOnce() {
    usual_delay();
    ::mi_option_set(mi_option_decommit_delay, 0);
}

GivingBackAtOnce::~GivingBackAtOnce() { ::mi_option_set(mi_option_decommit_delay, usual_delay()); }

#else

GivingBackAtOnce::GivingBackAtOnce() = default;
GivingBackAtOnce::~GivingBackAtOnce() = default;

#endif

void give_free_memory_back() {
#ifdef TIDEGATE_MIMALLOC
    const GivingBackAtOnce at_once;
    ::mi_collect(true);
#else
    ::malloc_trim(0);
#endif
}

}  // namespace proxy
