// The C library's allocation functions, counted a thread: the program's own definitions stand before the
// library's, also for the shared libraries it loads.  Each hands on to the library's by its inner name.
// A sanitizer does the same with definitions of its own; then there are none here.
//
// Source: https://sourceware.org/glibc/manual/latest/html_node/Replacing-malloc.html

#include "CAllocations.h"

#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HEAP_IS_TAKEN
#endif
#endif

#ifdef HEAP_IS_TAKEN

int64_t allocations_so_far(void) { return -1; }

#else

static _Thread_local int64_t count;

int64_t allocations_so_far(void) { return count; }

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t bytes) {
    count++;
    return __libc_malloc(bytes);
}

void *calloc(size_t items, size_t bytes) {
    count++;
    return __libc_calloc(items, bytes);
}

void *realloc(void *old, size_t bytes) {
    count++;
    return __libc_realloc(old, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
    count++;
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
    void *found = memalign(alignment, bytes);
    if (found == NULL) return ENOMEM;
    *memory = found;
    return 0;
}

#endif
