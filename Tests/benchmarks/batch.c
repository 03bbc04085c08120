// batch: what libnftnl alone takes to put COUNT addresses with timeouts into a hash set, in one batch.
// The yardstick of figure_enforce.py. Build: cc -O2 batch.c -lmnl -lnftnl. Prints milliseconds.
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 150000;
    size_t size = (size_t)count * 64 + (1 << 20);
    char *buffer = malloc(size);
    struct mnl_socket *socket = mnl_socket_open(NETLINK_NETFILTER);
    if (!buffer || !socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        perror("bare");
        return 1;
    }
    int room = (int)size;
    setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);

    double began = milliseconds();
    uint32_t sequence = 1;
    struct mnl_nlmsg_batch *batch = mnl_nlmsg_batch_start(buffer, size);
    nftnl_batch_begin(mnl_nlmsg_batch_current(batch), sequence++);
    mnl_nlmsg_batch_next(batch);

    struct nftnl_table *table = nftnl_table_alloc();
    nftnl_table_set_str(table, NFTNL_TABLE_NAME, "bare");
    struct nlmsghdr *header = nftnl_nlmsg_build_hdr(
        mnl_nlmsg_batch_current(batch), NFT_MSG_NEWTABLE, NFPROTO_INET, NLM_F_CREATE, sequence++);
    nftnl_table_nlmsg_build_payload(header, table);
    mnl_nlmsg_batch_next(batch);

    struct nftnl_set *set = nftnl_set_alloc();
    nftnl_set_set_str(set, NFTNL_SET_TABLE, "bare");
    nftnl_set_set_str(set, NFTNL_SET_NAME, "addresses");
    nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_INET);
    nftnl_set_set_u32(set, NFTNL_SET_FLAGS, NFT_SET_TIMEOUT);
    nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, 7);
    nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, 4);
    nftnl_set_set_u32(set, NFTNL_SET_ID, 1);
    header = nftnl_nlmsg_build_hdr(
        mnl_nlmsg_batch_current(batch), NFT_MSG_NEWSET, NFPROTO_INET, NLM_F_CREATE, sequence++);
    nftnl_set_nlmsg_build_payload(header, set);
    mnl_nlmsg_batch_next(batch);

    for (int done = 0; done < count;) {
        struct nftnl_set *some = nftnl_set_alloc();
        nftnl_set_set_str(some, NFTNL_SET_TABLE, "bare");
        nftnl_set_set_str(some, NFTNL_SET_NAME, "addresses");
        for (int here = 0; here < 1500 && done < count; here++, done++) {
            struct nftnl_set_elem *element = nftnl_set_elem_alloc();
            uint32_t key = htonl(0x0a000000u + (uint32_t)done);
            nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, &key, sizeof key);
            nftnl_set_elem_set_u64(element, NFTNL_SET_ELEM_TIMEOUT, 3600000);
            nftnl_set_elem_add(some, element);
        }
        header = nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch), NFT_MSG_NEWSETELEM,
                                       NFPROTO_INET, NLM_F_CREATE | NLM_F_ACK * (done == count),
                                       sequence++);
        nftnl_set_elems_nlmsg_build_payload(header, some);
        mnl_nlmsg_batch_next(batch);
        nftnl_set_free(some);
    }
    nftnl_batch_end(mnl_nlmsg_batch_current(batch), sequence++);
    mnl_nlmsg_batch_next(batch);
    if (mnl_socket_sendto(socket, mnl_nlmsg_batch_head(batch), mnl_nlmsg_batch_size(batch)) < 0) {
        perror("bare: send");
        return 1;
    }
    char answer[65536];
    ssize_t got = mnl_socket_recvfrom(socket, answer, sizeof answer);
    struct nlmsghdr *first = (struct nlmsghdr *)answer;
    if (got < 0 || first->nlmsg_type != NLMSG_ERROR ||
        ((struct nlmsgerr *)mnl_nlmsg_get_payload(first))->error != 0) {
        fprintf(stderr, "bare: refused\n");
        return 1;
    }
    printf("%.1f\n", milliseconds() - began);
    return 0;
}
