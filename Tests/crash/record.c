/* record.so: what a process does to its state directory and says on its sockets, in one true order.
 *
 * Preloaded into opsd (LD_PRELOAD), it appends a record to the file OPSD_TRACE before each call that
 * changes something below OPSD_TRACE_STATE, before each send on a socket, after each recv, and before and
 * after each fsync or fdatasync. It changes no call and no result. One mutex orders the records of all
 * threads, so an acknowledgement stands after the sync that it must wait for, or it did not wait.
 *
 *   record = length u32 (of what follows) | kind u8 | fd i32 | a i64 | b i64 | path, NUL | bytes
 *
 *   W write      a: offset            path, bytes        C create     a: open(2) flags      path
 *   T truncate   a: size              path               A allocate   a: offset, b: length  path
 *   R rename     path: old, bytes: new                   L link       path: old, bytes: new
 *   U unlink     path                                    M mkdir      path
 *   S sync begins                     path               E sync ended a: its number         path
 *   > send       bytes offered, and then  < a: sent      ) recv       bytes                 x close
 *   ! a call failed, a: errno         path: which        (no state is worth anything then)
 *
 * S carries a number in a, too; E refers to it. Little endian, as the host is.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static char state[PATH_MAX];
static size_t state_length;
static int64_t syncs;

#define REAL(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("OPSD_TRACE"), *below = getenv("OPSD_TRACE_STATE");
    if (!path || !below || strlen(below) >= sizeof state) return;
    strcpy(state, below);
    state_length = strlen(below);
    trace = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (trace >= 0) {
        /* Out of the way of the numbers that the program gets. */
        int high = fcntl(trace, F_DUPFD_CLOEXEC, 900);
        if (high >= 0) {
            REAL(close)(trace);
            trace = high;
        }
    }
    unsetenv("LD_PRELOAD");
}

/* The caller holds `order`. */
static void put(char kind, int fd, int64_t a, int64_t b, const char *path, const void *bytes, size_t count) {
    struct __attribute__((packed)) {
        uint32_t length;
        char kind;
        int32_t fd;
        int64_t a, b;
    } head = {0, kind, fd, a, b};
    size_t path_count = strlen(path) + 1;
    head.length = (uint32_t) (sizeof head - 4 + path_count + count);
    struct iovec parts[] = {
        {&head, sizeof head}, {(void *) path, path_count}, {(void *) bytes, count}};
    ssize_t all = (ssize_t) (sizeof head + path_count + count);
    if (writev(trace, parts, 3) != all) {
        static const char words[] = "record.so: the trace cannot be written\n";
        (void) !REAL(write)(2, words, sizeof words - 1);
        abort();
    }
}

static void record(char kind, int fd, int64_t a, int64_t b, const char *path, const void *bytes, size_t count) {
    int before = errno;
    pthread_mutex_lock(&order);
    put(kind, fd, a, b, path, bytes, count);
    pthread_mutex_unlock(&order);
    errno = before;
}

static void failed(const char *call) { record('!', -1, errno, 0, call, "", 0); }

/* The directory that holds the state directory counts as well: that one's name is in it. */
static int is_ours(const char *path) {
    size_t count = strlen(path);
    if (trace < 0) return 0;
    if (strncmp(path, state, state_length) == 0 && (path[state_length] == 0 || path[state_length] == '/'))
        return 1;
    return count < state_length && strncmp(path, state, count) == 0 && state[count] == '/'
        && !strchr(state + count + 1, '/');
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t count = trace < 0 ? -1 : readlink(link, path, PATH_MAX - 1);
    path[count < 0 ? 0 : count] = 0;
    return count > 0 && is_ours(path);
}

static int resolve(int directory, const char *name, char *path) {
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
    } else {
        char base[PATH_MAX] = "";
        if (directory == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return 0;
        } else {
            path_of(directory, base);
        }
        snprintf(path, PATH_MAX, "%.2000s/%.2000s", base, name);
    }
    return is_ours(path);
}

/* MARK: contents */

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    char path[PATH_MAX];
    int ours = path_of(fd, path);
    if (ours) record('W', fd, offset, 0, path, bytes, count);
    ssize_t done = REAL(pwrite)(fd, bytes, count, offset);
    if (ours && done != (ssize_t) count) failed("pwrite");
    return done;
}

/* Where the next write goes. */
static off_t place(int fd) { return lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR); }

ssize_t write(int fd, const void *bytes, size_t count) {
    char path[PATH_MAX];
    int ours = path_of(fd, path);
    if (ours) record('W', fd, place(fd), 0, path, bytes, count);
    ssize_t done = REAL(write)(fd, bytes, count);
    if (ours && done != (ssize_t) count) failed("write");
    return done;
}

int ftruncate(int fd, off_t size) {
    char path[PATH_MAX];
    int ours = path_of(fd, path);
    if (ours) record('T', fd, size, 0, path, "", 0);
    int done = REAL(ftruncate)(fd, size);
    if (ours && done != 0) failed("ftruncate");
    return done;
}

int fallocate(int fd, int mode, off_t offset, off_t count) {
    char path[PATH_MAX];
    int ours = path_of(fd, path);
    if (ours && mode == 0) record('A', fd, offset, count, path, "", 0);
    int done = REAL(fallocate)(fd, mode, offset, count);
    if (ours && done != 0) failed("fallocate");
    return done;
}

static int synced(int fd, int (*call)(int)) {
    char path[PATH_MAX];
    int64_t number = 0;
    int ours = path_of(fd, path);
    if (ours) {
        pthread_mutex_lock(&order);
        number = ++syncs;
        put('S', fd, number, 0, path, "", 0);
        pthread_mutex_unlock(&order);
    }
    int done = call(fd);
    if (ours && done == 0) record('E', fd, number, 0, path, "", 0);
    if (ours && done != 0) failed("fsync");
    return done;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

/* MARK: names */

static int opened(int directory, const char *name, int flags) {
    char path[PATH_MAX];
    int ours = (flags & (O_CREAT | O_TRUNC)) && resolve(directory, name, path);
    if (ours) record('C', -1, flags, 0, path, "", 0);
    return ours;
}

int openat(int directory, const char *name, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int ours = opened(directory, name, flags);
    int fd = REAL(openat)(directory, name, flags, mode);
    if (ours && fd < 0) failed("openat");
    return fd;
}

int open(const char *name, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int ours = opened(AT_FDCWD, name, flags);
    int fd = REAL(open)(name, flags, mode);
    if (ours && fd < 0) failed("open");
    return fd;
}

int renameat(int from, const char *old, int to, const char *new) {
    char source[PATH_MAX], target[PATH_MAX];
    int ours = resolve(from, old, source) && resolve(to, new, target);
    if (ours) record('R', -1, 0, 0, source, target, strlen(target));
    int done = REAL(renameat)(from, old, to, new);
    if (ours && done != 0) failed("renameat");
    return done;
}

/* Of these three some are meant to fail (nothing was there to remove, or it was made before); the names
 * in the model say the same, so a record too many does no harm. */
int linkat(int from, const char *old, int to, const char *new, int flags) {
    char source[PATH_MAX], target[PATH_MAX];
    if (resolve(from, old, source) && resolve(to, new, target))
        record('L', -1, 0, 0, source, target, strlen(target));
    return REAL(linkat)(from, old, to, new, flags);
}

int unlinkat(int directory, const char *name, int flags) {
    char path[PATH_MAX];
    if (resolve(directory, name, path)) record('U', -1, flags, 0, path, "", 0);
    return REAL(unlinkat)(directory, name, flags);
}

int mkdirat(int directory, const char *name, mode_t mode) {
    char path[PATH_MAX];
    if (resolve(directory, name, path)) record('M', -1, 0, 0, path, "", 0);
    return REAL(mkdirat)(directory, name, mode);
}

/* MARK: sockets */

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    if (trace >= 0) record('>', fd, 0, 0, "", bytes, count);
    ssize_t done = REAL(send)(fd, bytes, count, flags);
    if (trace >= 0) record('<', fd, done > 0 ? done : 0, 0, "", "", 0);
    return done;
}

ssize_t recv(int fd, void *bytes, size_t count, int flags) {
    ssize_t done = REAL(recv)(fd, bytes, count, flags);
    if (trace >= 0 && done > 0) record(')', fd, 0, 0, "", bytes, (size_t) done);
    return done;
}

int close(int fd) {
    struct stat status;
    if (trace >= 0 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) record('x', fd, 0, 0, "", "", 0);
    return REAL(close)(fd);
}
