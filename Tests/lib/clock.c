/* clock.c: a wall clock that a test sets, and a loop or a disk that hangs when a test says so. Loaded before
 * libc (LD_PRELOAD), it adds the seconds in the file OPSD_CLOCK to CLOCK_REALTIME. Boot time and all timers
 * are the kernel's own. Where the file says `hang`, the main thread does not come back; while it says `sync`,
 * no fdatasync(2) does. strace(1) can delay that too, but stops every other call twice: on a busy machine a
 * daemon so watched is too slow to judge. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What the file says; "" where there is none. */
static void said(char *text, size_t size)
{
    const char *path = getenv("OPSD_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t count = file < 0 ? 0 : read(file, text, size - 1);
    text[count < 0 ? 0 : count] = 0;
    if (file >= 0)
        close(file);
}

static long added(void)
{
    char text[32];
    said(text, sizeof text);
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

int fdatasync(int file)
{
    static int (*real)(int);
    char text[32];
    if (!real)
        real = dlsym(RTLD_NEXT, "fdatasync");
    for (said(text, sizeof text); text[0] == 's'; said(text, sizeof text))
        usleep(20000);
    return real(file);
}
