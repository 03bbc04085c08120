// The kernel's own numbers for netlink and nf_tables: headers alone, nothing to link.
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
