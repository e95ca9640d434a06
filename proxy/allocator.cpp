// mimalloc; under a sanitizer, which brings its own allocator, whatever there is.
#include "proxy/allocator.hpp"

#ifdef TIDEGATE_MIMALLOC
#include <mimalloc.h>

#include <mutex>
#else
#include <malloc.h>
#endif

namespace proxy {

#ifdef TIDEGATE_MIMALLOC

namespace {

std::mutex delay_mutex;
int without_delay = 0;   // so many ask for it
long usual_delay = 0;    // in milliseconds, while anybody does

}  // namespace

GivingBackAtOnce::GivingBackAtOnce() {
    const std::lock_guard lock(delay_mutex);
    if (without_delay++ > 0) return;
    usual_delay = ::mi_option_get(mi_option_decommit_delay);
    ::mi_option_set(mi_option_decommit_delay, 0);
}

GivingBackAtOnce::~GivingBackAtOnce() {
    const std::lock_guard lock(delay_mutex);
    if (--without_delay == 0) ::mi_option_set(mi_option_decommit_delay, usual_delay);
}

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
