/* clock.c: a wall clock that a test sets, and a loop that hangs when a test says so. Loaded before libc
 * (LD_PRELOAD), it adds the seconds in the file OPSD_CLOCK to CLOCK_REALTIME. Boot time and all timers are
 * the kernel's own. Where the file says `hang`, the main thread does not come back. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long added(void)
{
    char text[32] = "";
    const char *path = getenv("OPSD_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return 0;
    if (read(file, text, sizeof text - 1) < 0)
        text[0] = 0;
    close(file);
    if (text[0] == 'h')
        while (gettid() == getpid())
            pause();
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME)
        now->tv_sec += added();
    return result;
}
