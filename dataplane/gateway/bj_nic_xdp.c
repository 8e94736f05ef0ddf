/* An AF_XDP process that dies leaves its program attached, and the next one is refused with EBUSY.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/gateway/bj_nic.h"

typedef struct set_link {
    struct nlmsghdr header;
    struct ifinfomsg info;
    struct {
        struct rtattr xdp;
        struct rtattr fd_attr;
        int32_t fd;
    } body;
} set_link_t;
static_assert(offsetof(set_link_t, body) == NLMSG_LENGTH(sizeof(struct ifinfomsg)), "no padding");

void bj_nic_xdp_off(const char *iface) {
    unsigned iface_idx = if_nametoindex(iface);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return;
    set_link_t request = {
        .header = {.nlmsg_len = sizeof request,
                   .nlmsg_type = RTM_SETLINK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)iface_idx},
        .body = {.xdp = {.rta_len = sizeof request.body, .rta_type = IFLA_XDP | NLA_F_NESTED},
                 .fd_attr = {.rta_len = RTA_LENGTH(sizeof(int32_t)), .rta_type = IFLA_XDP_FD},
                 .fd = -1},
    };
    uint8_t answer[256];
    /* Waiting for the answer means that the program is off when this returns; a refusal shows when
     * the driver starts. */
    if (send(fd, &request, sizeof request, 0) == (ssize_t)sizeof request) {
        (void)!recv(fd, answer, sizeof answer, 0);
    }
    close(fd);
}
