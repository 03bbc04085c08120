// Counts what is allocated from the heap, for tests that say "nothing is".

#ifndef C_ALLOCATIONS_H
#define C_ALLOCATIONS_H

#include <stdint.h>

/// How often this thread has asked the heap for memory since it began; -1 where it is not counted,
/// because a sanitizer has the heap.
int64_t allocations_so_far(void);

#endif
