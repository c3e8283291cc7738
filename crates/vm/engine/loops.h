/* Counts the work of the engine's C code.
 *
 * QuickJS looks at the clock between instructions of a program, but one instruction may call a built-in function that
 * works for hours. This header stands before each of its source files and has every loop count itself, and every copy its
 * bytes. When the count is used up `tasker_look` looks at the clock; if the time is used up it sets `over`, and
 * what `loops.patch` adds gives up. Both are in `src/island/loops.rs`. What else the patches call is declared here too.
 */
#ifndef TASKER_LOOPS_H
#define TASKER_LOOPS_H

#include <assert.h>
#include <fenv.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct tasker_loops {
    /* Until the next look. */
    int32_t left;
    /* 1: nothing may go on; 2: the same, and the error that says so is being thrown. */
    int32_t over;
};

extern struct tasker_loops tasker_loops;
void tasker_look(void);

/* Where `needle` stands in `text`, at `from` or after it (`backwards`: or before it); -1: nowhere. In linear time. */
int32_t tasker_search(const void *text, int32_t text_len, int text_is_wide,
                      const void *needle, int32_t needle_len, int needle_is_wide,
                      int32_t from, int backwards);

static inline __attribute__((always_inline)) bool tasker_loop(void)
{
    if (__builtin_expect(--tasker_loops.left < 0, 0))
        tasker_look();
    return true;
}

/* A copy of a few bytes costs no more than the step of a loop. */
static inline __attribute__((always_inline)) size_t tasker_bytes(size_t bytes)
{
    if (!__builtin_constant_p(bytes) && bytes >= 1024) {
        tasker_loops.left -= (int32_t)(bytes >> 6);
        tasker_loop();
    }
    return bytes;
}

#define memcpy(to, from, bytes) memcpy((to), (from), tasker_bytes(bytes))
#define memmove(to, from, bytes) memmove((to), (from), tasker_bytes(bytes))
#define memset(to, value, bytes) memset((to), (value), tasker_bytes(bytes))
#define memcmp(one, other, bytes) memcmp((one), (other), tasker_bytes(bytes))

#define for(...) for (__VA_ARGS__) if (!tasker_loop()) ; else
#define while(...) while ((__VA_ARGS__) && tasker_loop())

#endif
