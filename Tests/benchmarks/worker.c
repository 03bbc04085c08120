/* worker: takes items of work over a Unix socket and ends them, as fast as they are handed out.
 *
 * usage: worker SOCKET KIND CONNECTIONS COUNT
 *
 * Each connection says `work take KIND wait=0s`, `work begun`, `work done`, one after the other, until COUNT
 * items have ended in all. Prints how many ended, and in how many nanoseconds.
 */

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum step { TAKE, BEGUN, DONE };

struct worker {
    int peer;
    enum step step;
    char id[24], token[40];
    char bytes[65536];
    size_t held;
};

static long ended, taken, count;
static const char *kind;

static void fail(const char *what, const char *line)
{
    fprintf(stderr, "worker: %s: %.300s\n", what, line);
    exit(1);
}

/* The text after `name` up to the next mark, as opsd writes it. */
static void member(const char *line, const char *name, char *into, size_t size)
{
    const char *at = strstr(line, name);
    if (!at)
        fail(name, line);
    at += strlen(name);
    size_t length = strcspn(at, ",}\"");
    if (length >= size)
        fail(name, line);
    memcpy(into, at, length);
    into[length] = 0;
}

static void ask(struct worker *worker, enum step step)
{
    char line[256];
    int length;
    if (step == TAKE)
        length = snprintf(line, sizeof line, "work take %s wait=0s\n", kind);
    else if (step == BEGUN)
        length = snprintf(line, sizeof line, "work begun %s token=%s\n", worker->id, worker->token);
    else
        length = snprintf(line, sizeof line, "work done %s token=%s receipt=\"message 1001\"\n", worker->id,
                          worker->token);
    worker->step = step;
    if (write(worker->peer, line, length) != length)
        fail("write", line);
}

static void answered(struct worker *worker, const char *line)
{
    if (strncmp(line, "ok ", 3) != 0)
        fail("refused", line);
    switch (worker->step) {
    case TAKE:
        member(line, "\"id\":", worker->id, sizeof worker->id);
        member(line, "\"token\":\"", worker->token, sizeof worker->token);
        ask(worker, BEGUN);
        break;
    case BEGUN:
        ask(worker, DONE);
        break;
    case DONE:
        ended++;
        if (taken < count) {
            taken++;
            ask(worker, TAKE);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: worker SOCKET KIND CONNECTIONS COUNT\n");
        return 2;
    }
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    if (strlen(argv[1]) >= sizeof place.sun_path)
        fail("socket", argv[1]);
    strcpy(place.sun_path, argv[1]);
    kind = argv[2];
    int workers = atoi(argv[3]);
    count = atol(argv[4]);
    struct worker *all = calloc(workers, sizeof *all);
    struct pollfd *polls = calloc(workers, sizeof *polls);
    for (int i = 0; i < workers; i++) {
        all[i].peer = polls[i].fd = socket(AF_UNIX, SOCK_STREAM, 0);
        polls[i].events = POLLIN;
        if (all[i].peer < 0 || connect(all[i].peer, (struct sockaddr *)&place, sizeof place) != 0) {
            perror(argv[1]);
            return 1;
        }
    }
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int i = 0; i < workers && taken < count; i++) {
        taken++;
        ask(&all[i], TAKE);
    }
    while (ended < count) {
        if (poll(polls, workers, 10000) <= 0)
            fail("no answer", "in 10 s");
        for (int i = 0; i < workers; i++) {
            struct worker *worker = &all[i];
            if (!(polls[i].revents & (POLLIN | POLLHUP)))
                continue;
            ssize_t got = read(worker->peer, worker->bytes + worker->held, sizeof worker->bytes - worker->held - 1);
            if (got <= 0)
                fail("read", "the connection ended");
            worker->held += got;
            char *end = memchr(worker->bytes, '\n', worker->held);
            if (!end)
                continue;
            *end = 0;
            answered(worker, worker->bytes);
            worker->held = 0;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long nanoseconds = (now.tv_sec - began.tv_sec) * 1000000000LL + (now.tv_nsec - began.tv_nsec);
    printf("%ld %lld\n", ended, nanoseconds);
    return 0;
}
