/* floor: what the kernel alone costs for one sample of the system.
 *
 * usage: floor PERIOD_MS COUNT FILE...
 *
 * Opens the files once; then, COUNT times, PERIOD_MS apart, reads each whole into one buffer with
 * pread(2) and does nothing with it. "Whole" is to the read that answers 0: a short read of a file in
 * /proc does not mean its end. Prints the CPU it took: nanoseconds a round, waking up included.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { FILE_LIMIT = 64, BUFFER_BYTES = 262144 };

static char buffer[BUFFER_BYTES];

static long long cpu_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void read_whole(int file)
{
    ssize_t got;
    off_t done = 0;
    while (done < BUFFER_BYTES && (got = pread(file, buffer + done, BUFFER_BYTES - done, done)) > 0)
        done += got;
}

int main(int argc, char **argv)
{
    int files[FILE_LIMIT], count = argc - 3;
    if (argc < 4 || count > FILE_LIMIT) {
        fprintf(stderr, "usage: floor PERIOD_MS COUNT FILE...\n");
        return 2;
    }
    long period = atol(argv[1]) * 1000000L, rounds = atol(argv[2]);
    for (int i = 0; i < count; i++) {
        files[i] = open(argv[3 + i], O_RDONLY | O_CLOEXEC);
        if (files[i] < 0) {
            perror(argv[3 + i]);
            return 1;
        }
    }
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    long long began = cpu_nanoseconds();
    for (long round = 0; round < rounds; round++) {
        next.tv_nsec += period;
        next.tv_sec += next.tv_nsec / 1000000000L;
        next.tv_nsec %= 1000000000L;
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) != 0)
            ;
        for (int i = 0; i < count; i++)
            read_whole(files[i]);
    }
    printf("%lld\n", (cpu_nanoseconds() - began) / rounds);
    return 0;
}
