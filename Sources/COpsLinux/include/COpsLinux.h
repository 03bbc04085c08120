// The few kernel calls that Swift's Glibc module cannot express: those behind _GNU_SOURCE, those
// whose arguments are packed structs, unions or macros (CMSG_*), and variadic ones.
//
// Each function is one system call, returns -1 and sets errno as that call does, and keeps nothing.
// This header must never define _GNU_SOURCE: debug builds of Glibc's module would break.  The .c does.
#ifndef COPSLINUX_H
#define COPSLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// --- events: epoll(7), eventfd(2), timerfd_create(2), signalfd(2) ---

enum { OPS_READ = 1, OPS_WRITE = 2, OPS_HANGUP = 4, OPS_FAULT = 8 };

struct ops_ready {
    uint64_t token;
    uint32_t events; // OPS_*
};

enum { OPS_READY_LIMIT = 256 }; // events of one ops_epoll_wait

int ops_epoll_create(void);
int ops_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int ops_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int ops_epoll_remove(int epoll, int fd);
int ops_epoll_wait(int epoll, struct ops_ready *ready, int capacity, int timeout_milliseconds);

int ops_eventfd(void);

int ops_boot_timer(void);
int ops_wall_timer(void);
// Absolute nanoseconds on the timer's clock; 0 disarms.  A wall timer is armed with cancel-on-set.
int ops_timer_arm(int timer, int64_t nanoseconds, int cancel_on_set);

struct ops_signal {
    int32_t number;
    int32_t pid;
    uint32_t uid;
};

int ops_signals_open(const int32_t *signals, int count);
int ops_signals_next(int fd, struct ops_signal *out);
// Blocks the listed signals in the calling thread.
int ops_signals_block(const int32_t *signals, int count);
int ops_signals_ignore(int signal);

// --- threads: pthreads(7) ---

// Starts a detached thread with every signal blocked.  Returns 0 or an errno value.
int ops_thread_start(size_t stack_bytes, void *(*body)(void *), void *argument);
int ops_thread_name(const char *name);

// Adds to the niceness of the calling thread.
int ops_give_way(int niceness);

// --- Unix sockets: unix(7) ---

struct ops_peer {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

int ops_unix_socket(int datagram, int nonblocking);
int ops_unix_bind(int fd, const char *path, size_t path_bytes);
int ops_unix_connect(int fd, const char *path, size_t path_bytes);
// The path that a Unix socket is bound to, NUL ended; "" when it has none.
int ops_unix_name(int fd, char *path, size_t capacity);
int ops_accept(int listener);
int ops_peer(int fd, struct ops_peer *peer);
// Number of groups, or -1; with ERANGE, *count is the number there is.
int ops_peer_groups(int fd, uint32_t *groups, uint32_t *count);
int ops_socket_send_buffer(int fd, int bytes);
int ops_socket_timeout(int fd, int option, int64_t milliseconds);
ssize_t ops_receive(int fd, void *bytes, size_t count);
ssize_t ops_send(int fd, const void *bytes, size_t count);
// An empty datagram that carries one descriptor (SCM_RIGHTS).
int ops_send_descriptor(int fd, int carried);

// --- sockets to others: ip(7), tcp(7), udp(7), icmp(7) ---

enum { OPS_STREAM, OPS_DATAGRAM, OPS_ECHO };

int ops_outward_socket(int kind, int is_ipv6); // nonblocking
// To an address of 4 or 16 bytes.
int ops_outward_connect(int fd, const uint8_t *address, int is_ipv6, uint16_t port);
int ops_socket_error(int fd, int *code); // getsockopt(SO_ERROR)

// --- netlink to netfilter: netlink(7) ---

int ops_netfilter_socket(void); // nonblocking
int ops_netlink_bind(int fd);   // to an address that the kernel chooses
int ops_netlink_port(int fd, uint32_t *port);
// An answer to a failure leaves out the request (NETLINK_CAP_ACK).
int ops_netlink_short_failures(int fd);
int ops_netlink_join(int fd, uint32_t group);
int ops_netlink_leave(int fd, uint32_t group);
// Drops what the socket with that port caused before it is queued (socket(7), SO_ATTACH_FILTER).
int ops_netlink_ignore(int fd, uint32_t port);
// Room for messages of this many bytes, beyond the system's bound with CAP_NET_ADMIN.
int ops_socket_room(int fd, int receiving, int bytes);
// To the kernel, as one message.
ssize_t ops_netlink_send(int fd, const void *bytes, size_t count);
// From the kernel; 0 when it came from another sender or was longer than count.
ssize_t ops_netlink_receive(int fd, void *bytes, size_t count);

// --- netlink to the routes: rtnetlink(7) ---

enum { OPS_ROUTES_IPV4, OPS_ROUTES_IPV6, OPS_NEXTHOPS, OPS_LINKS };

int ops_route_socket(void); // blocking
// The kernel reads a dump's request to the end, and filters by what it says (NETLINK_GET_STRICT_CHK).
int ops_netlink_strict(int fd);
// Asks for a whole table, OPS_*; of the routes, those of type RTN_UNICAST.
int ops_route_dump(int fd, int table);

// --- files ---

int ops_fallocate(int fd, int64_t offset, int64_t count);
int ops_lock(int fd); // flock(2), exclusive, without waiting
int ops_unlock(int fd);
int ops_memfd(const char *name);
int ops_memfd_seal(int fd);
// The number of the type of the file system that holds a path (statfs(2), f_type).
int ops_file_system_type(const char *path, uint32_t *type);
// The id of the mount that a path leads to (statx(2)): 1, or 0 where the kernel does not say it.
int ops_mount_id(const char *path, uint64_t *id);
ssize_t ops_directory_entries(int fd, void *bytes, size_t count); // getdents64(2)

// --- this process and host ---

ssize_t ops_random(void *bytes, size_t count);
struct ops_address {
    int32_t is_ipv6;
    uint8_t bytes[16]; // IPv4: the first four
};

// The addresses of the network interfaces, at most `capacity`: how many, or -1.
int ops_host_addresses(struct ops_address *out, int capacity);
int ops_error_text(int code, char *text, size_t capacity);
// The symbol, for example "ENOENT"; NULL where there is none.
const char *ops_error_name(int code);
int ops_window_size(int fd, uint16_t *columns, uint16_t *rows);
int ops_raise_descriptor_limit(uint64_t at_most, uint64_t *now);
// Whether this thread has CAP_NET_ADMIN in effect; -1 where that cannot be asked (capget(2)).
int ops_may_administer_network(void);
// sync_file_range(2), which glibc declares for GNU sources alone: has the range written to the disk, and
// with `waiting` waits for it, and for what was under way before.
int ops_write_back(int fd, int64_t offset, int64_t count, int waiting);
// futimens(2): sets the time of the last change, nanoseconds since 1970; that of the last access stays.
int ops_set_modified(int fd, int64_t nanoseconds);

// memmem(3) and memrchr(3), which glibc declares for GNU sources alone.  NULL: not there.
const void *ops_find(const void *bytes, size_t count, const void *needle, size_t needle_count);
const void *ops_find_last(const void *bytes, int byte, size_t count);

// mallopt(3): blocks of this size and above are mapped, and go back to the kernel when freed.
int ops_allocator(int mmap_threshold_bytes, int arenas);
// malloc_trim(3): pages of the heap that hold nothing go back to the kernel.
void ops_trim_heap(void);

#endif
