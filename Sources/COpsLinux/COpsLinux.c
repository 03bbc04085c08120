// See COpsLinux.h.  _GNU_SOURCE belongs here and never in the header.
#define _GNU_SOURCE

#include "COpsLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

// --- events ---

static uint32_t to_epoll(uint32_t events) {
    return ((events & OPS_READ) ? EPOLLIN : 0) | ((events & OPS_WRITE) ? EPOLLOUT : 0);
}

static uint32_t from_epoll(uint32_t events) {
    return ((events & EPOLLIN) ? OPS_READ : 0) | ((events & EPOLLOUT) ? OPS_WRITE : 0) |
           ((events & EPOLLHUP) ? OPS_HANGUP : 0) | ((events & EPOLLERR) ? OPS_FAULT : 0);
}

int ops_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = to_epoll(events), .data.u64 = token};
    return epoll_ctl(epoll, operation, fd, &event);
}

int ops_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int ops_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int ops_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

int ops_epoll_wait(int epoll, struct ops_ready *ready, int capacity, int timeout_milliseconds) {
    struct epoll_event events[OPS_READY_LIMIT];
    int limit = capacity < OPS_READY_LIMIT ? capacity : OPS_READY_LIMIT;
    int count = epoll_wait(epoll, events, limit, timeout_milliseconds);
    for (int i = 0; i < count; i++) {
        ready[i].token = events[i].data.u64;
        ready[i].events = from_epoll(events[i].events);
    }
    return count;
}

int ops_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int ops_boot_timer(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int ops_wall_timer(void) { return timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int ops_timer_arm(int timer, int64_t nanoseconds, int cancel_on_set) {
    struct itimerspec spec = {
        .it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
    int flags = TFD_TIMER_ABSTIME | (cancel_on_set ? TFD_TIMER_CANCEL_ON_SET : 0);
    return timerfd_settime(timer, flags, &spec, NULL);
}

static int to_set(const int32_t *signals, int count, sigset_t *set) {
    sigemptyset(set);
    for (int i = 0; i < count; i++)
        if (sigaddset(set, signals[i]) != 0) return -1;
    return 0;
}

int ops_signals_open(const int32_t *signals, int count) {
    sigset_t set;
    if (to_set(signals, count, &set) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int ops_signals_next(int fd, struct ops_signal *out) {
    struct signalfd_siginfo info;
    ssize_t count = read(fd, &info, sizeof info);
    if (count < 0) return -1;
    if (count != (ssize_t)sizeof info) {
        errno = EIO;
        return -1;
    }
    out->number = (int32_t)info.ssi_signo;
    out->pid = (int32_t)info.ssi_pid;
    out->uid = info.ssi_uid;
    return 0;
}

int ops_signals_block(const int32_t *signals, int count) {
    sigset_t set;
    if (to_set(signals, count, &set) != 0) return -1;
    int code = pthread_sigmask(SIG_BLOCK, &set, NULL);
    errno = code;
    return code == 0 ? 0 : -1;
}

int ops_signals_ignore(int signal) {
    struct sigaction action = {.sa_handler = SIG_IGN};
    return sigaction(signal, &action, NULL);
}

// --- threads ---

int ops_thread_start(size_t stack_bytes, void *(*body)(void *), void *argument) {
    pthread_attr_t attributes;
    int code = pthread_attr_init(&attributes);
    if (code != 0) return code;
    code = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (code == 0) code = pthread_attr_setstacksize(&attributes, stack_bytes);
    if (code == 0) {
        // A thread inherits its starter's mask: block all here, so that it never runs unblocked.
        sigset_t all, before;
        sigfillset(&all);
        code = pthread_sigmask(SIG_SETMASK, &all, &before);
        if (code == 0) {
            pthread_t thread;
            code = pthread_create(&thread, &attributes, body, argument);
            pthread_sigmask(SIG_SETMASK, &before, NULL);
        }
    }
    pthread_attr_destroy(&attributes);
    return code;
}

int ops_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

int ops_give_way(int niceness) {
    errno = 0;
    int now = getpriority(PRIO_PROCESS, 0);
    if (now == -1 && errno != 0) return -1;
    return setpriority(PRIO_PROCESS, 0, now + niceness);
}

// --- Unix sockets ---

static int to_address(const char *path, size_t path_bytes, struct sockaddr_un *address) {
    if (path_bytes == 0 || path_bytes >= sizeof address->sun_path) {
        errno = path_bytes == 0 ? EINVAL : ENAMETOOLONG;
        return -1;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, path_bytes);
    return 0;
}

int ops_unix_socket(int datagram, int nonblocking) {
    int type = (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
    return socket(AF_UNIX, type | (nonblocking ? SOCK_NONBLOCK : 0), 0);
}

int ops_unix_bind(int fd, const char *path, size_t path_bytes) {
    struct sockaddr_un address;
    if (to_address(path, path_bytes, &address) != 0) return -1;
    return bind(fd, (struct sockaddr *)&address, sizeof address);
}

int ops_unix_connect(int fd, const char *path, size_t path_bytes) {
    struct sockaddr_un address;
    if (to_address(path, path_bytes, &address) != 0) return -1;
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

int ops_unix_name(int fd, char *path, size_t capacity) {
    struct sockaddr_un address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) return -1;
    if (address.sun_family != AF_UNIX || capacity == 0) {
        errno = EINVAL;
        return -1;
    }
    // Abstract names start with NUL and so come out empty, as unbound ones do.
    size_t header = offsetof(struct sockaddr_un, sun_path);
    size_t count = size > header ? strnlen(address.sun_path, size - header) : 0;
    if (count >= capacity) count = capacity - 1;
    memcpy(path, address.sun_path, count);
    path[count] = 0;
    return 0;
}

int ops_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int ops_peer(int fd, struct ops_peer *peer) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
    peer->pid = credentials.pid;
    peer->uid = credentials.uid;
    peer->gid = credentials.gid;
    return 0;
}

int ops_peer_groups(int fd, uint32_t *groups, uint32_t *count) {
    socklen_t size = *count * sizeof(gid_t);
    int result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
    *count = size / sizeof(gid_t);
    return result;
}

int ops_socket_send_buffer(int fd, int bytes) {
    return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

int ops_socket_timeout(int fd, int option, int64_t milliseconds) {
    struct timeval limit = {
        .tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000};
    return setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit);
}

ssize_t ops_receive(int fd, void *bytes, size_t count) {
    return recv(fd, bytes, count, MSG_DONTWAIT);
}

ssize_t ops_send(int fd, const void *bytes, size_t count) {
    return send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int ops_send_descriptor(int fd, int carried) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &carried, sizeof carried);
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

// --- netlink ---

int ops_outward_socket(int kind, int is_ipv6) {
    int type = kind == OPS_STREAM ? SOCK_STREAM : SOCK_DGRAM;
    int protocol = kind != OPS_ECHO ? 0 : is_ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    return socket(is_ipv6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
}

int ops_outward_connect(int fd, const uint8_t *address, int is_ipv6, uint16_t port) {
    if (is_ipv6) {
        struct sockaddr_in6 there = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        memcpy(&there.sin6_addr, address, sizeof there.sin6_addr);
        return connect(fd, (struct sockaddr *)&there, sizeof there);
    }
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&there.sin_addr, address, sizeof there.sin_addr);
    return connect(fd, (struct sockaddr *)&there, sizeof there);
}

int ops_socket_error(int fd, int *code) {
    socklen_t size = sizeof *code;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, code, &size);
}

int ops_netfilter_socket(void) {
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
}

int ops_netlink_bind(int fd) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    return bind(fd, (struct sockaddr *)&address, sizeof address);
}

int ops_netlink_port(int fd, uint32_t *port) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        return -1;
    }
    *port = address.nl_pid;
    return 0;
}

int ops_netlink_short_failures(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
}

int ops_netlink_join(int fd, uint32_t group) {
    return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
}

int ops_netlink_leave(int fd, uint32_t group) {
    return setsockopt(fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group);
}

int ops_netlink_ignore(int fd, uint32_t port) {
    // The filter loads words in network order; a header's port is in host order.
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int ops_socket_room(int fd, int receiving, int bytes) {
    if (setsockopt(fd, SOL_SOCKET, receiving ? SO_RCVBUFFORCE : SO_SNDBUFFORCE, &bytes,
                   sizeof bytes) == 0) {
        return 0;
    }
    return setsockopt(fd, SOL_SOCKET, receiving ? SO_RCVBUF : SO_SNDBUF, &bytes, sizeof bytes);
}

ssize_t ops_netlink_send(int fd, const void *bytes, size_t count) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    return sendto(fd, bytes, count, 0, (struct sockaddr *)&kernel, sizeof kernel);
}

ssize_t ops_netlink_receive(int fd, void *bytes, size_t count) {
    struct sockaddr_nl sender = {.nl_family = AF_NETLINK};
    socklen_t size = sizeof sender;
    ssize_t got = recvfrom(fd, bytes, count, MSG_TRUNC, (struct sockaddr *)&sender, &size);
    if (got < 0) {
        return -1;
    }
    return sender.nl_pid != 0 || (size_t)got > count ? 0 : got;
}

int ops_route_socket(void) {
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

int ops_netlink_strict(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
}

int ops_route_dump(int fd, int table) {
    struct {
        struct nlmsghdr header;
        union {
            struct rtmsg route;
            struct nhmsg nexthop;
            struct {
                struct ifinfomsg link;
                struct rtattr mask;
                uint32_t filter;
            };
        };
    } request = {.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP};
    if (table == OPS_NEXTHOPS) {
        request.header.nlmsg_type = RTM_GETNEXTHOP;
        request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.nexthop);
    } else if (table == OPS_LINKS) {
        request.header.nlmsg_type = RTM_GETLINK;
        request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.link + RTA_LENGTH(sizeof request.filter));
        request.link.ifi_family = AF_UNSPEC;
        request.mask = (struct rtattr){.rta_len = RTA_LENGTH(sizeof request.filter), .rta_type = IFLA_EXT_MASK};
        request.filter = RTEXT_FILTER_SKIP_STATS;
    } else {
        request.header.nlmsg_type = RTM_GETROUTE;
        request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.route);
        request.route.rtm_family = table == OPS_ROUTES_IPV6 ? AF_INET6 : AF_INET;
        request.route.rtm_type = RTN_UNICAST;
    }
    return ops_netlink_send(fd, &request, request.header.nlmsg_len) < 0 ? -1 : 0;
}

// --- files ---

int ops_fallocate(int fd, int64_t offset, int64_t count) { return fallocate(fd, 0, offset, count); }

int ops_unlock(int fd) { return flock(fd, LOCK_UN); }
int ops_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

int ops_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int ops_memfd_seal(int fd) {
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

int ops_file_system_type(const char *path, uint32_t *type) {
    struct statfs status;
    if (statfs(path, &status) != 0) return -1;
    *type = (uint32_t)status.f_type;
    return 0;
}

int ops_mount_id(const char *path, uint64_t *id) {
    // glibc has the field since 2.39 alone: it is the first word after stx_dev_minor.
    enum { MNT_ID = 0x1000, PLACE = 0x90 };
    union {
        struct statx whole;
        unsigned char bytes[256];
    } found = {0};
    if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, MNT_ID, &found.whole) != 0) return -1;
    memcpy(id, found.bytes + PLACE, sizeof *id);
    return (found.whole.stx_mask & MNT_ID) != 0;
}

ssize_t ops_directory_entries(int fd, void *bytes, size_t count) {
    return syscall(SYS_getdents64, fd, bytes, count);
}

// --- this process and host ---

ssize_t ops_random(void *bytes, size_t count) { return getrandom(bytes, count, 0); }

int ops_error_text(int code, char *text, size_t capacity) {
    if (capacity == 0) return -1;
    char scratch[128];
    const char *found = strerror_r(code, scratch, sizeof scratch); // the GNU form: may not use scratch
    const char *name = strerrorname_np(code);
    if (name)
        snprintf(text, capacity, "%s (%s)", found, name);
    else
        snprintf(text, capacity, "%s", found);
    return 0;
}

const char *ops_error_name(int code) { return strerrorname_np(code); }

int ops_window_size(int fd, uint16_t *columns, uint16_t *rows) {
    struct winsize size = {0};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int ops_raise_descriptor_limit(uint64_t at_most, uint64_t *now) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    rlim_t wanted = limit.rlim_max < at_most ? limit.rlim_max : at_most;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    }
    *now = limit.rlim_cur;
    return 0;
}

int ops_allocator(int mmap_threshold_bytes, int arenas) {
    int ok = mallopt(M_MMAP_THRESHOLD, mmap_threshold_bytes) && mallopt(M_ARENA_MAX, arenas);
    return ok ? 0 : -1;
}

int ops_may_administer_network(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) {
        return -1;
    }
    return (data[0].effective >> CAP_NET_ADMIN) & 1;
}

void ops_trim_heap(void) { malloc_trim(0); }

int ops_host_addresses(struct ops_address *out, int capacity) {
    struct ifaddrs *list;
    if (getifaddrs(&list) < 0)
        return -1;
    int count = 0;
    for (struct ifaddrs *one = list; one && count < capacity; one = one->ifa_next) {
        if (!one->ifa_addr)
            continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            const struct sockaddr_in *address = (const void *)one->ifa_addr;
            out[count].is_ipv6 = 0;
            memcpy(out[count++].bytes, &address->sin_addr, 4);
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            const struct sockaddr_in6 *address = (const void *)one->ifa_addr;
            out[count].is_ipv6 = 1;
            memcpy(out[count++].bytes, &address->sin6_addr, 16);
        }
    }
    freeifaddrs(list);
    return count;
}

int ops_write_back(int fd, int64_t offset, int64_t count, int waiting) {
    unsigned flags = SYNC_FILE_RANGE_WRITE;
    if (waiting) { flags |= SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER; }
    return sync_file_range(fd, offset, count, flags);
}

int ops_set_modified(int fd, int64_t nanoseconds) {
    int64_t seconds = nanoseconds / 1000000000, rest = nanoseconds % 1000000000;
    if (rest < 0) {
        seconds -= 1;
        rest += 1000000000;
    }
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                {.tv_sec = seconds, .tv_nsec = rest}};
    return futimens(fd, times);
}

const void *ops_find(const void *bytes, size_t count, const void *needle, size_t needle_count) {
    return memmem(bytes, count, needle, needle_count);
}

const void *ops_find_last(const void *bytes, int byte, size_t count) {
    return memrchr(bytes, byte, count);
}
