#ifndef BJ_STANDBY_RUN_H
#define BJ_STANDBY_RUN_H

/* bj_standby_run - the process bijli-standby without its signals, its reports and its socket for
 * words: the connection to the primary, what the operator says, the take-over.
 *
 * Use        _open, then _turn until _ended, then _close.  Each turn waits up to 50 ms for the
 *            primary, does what came, and comes back.
 * Words      bj_standby_run_line is a bj_ctl_line_fn: status, take-over, take-over force.
 * Ownership  the caller's memory, 64 KiB and more: not on a stack.  The config must outlive it.
 * Threads    one.
 * Errors     a sentence in the log each. */
#include "dataplane/base/bj_ctl.h"
#include "dataplane/replica/bj_standby.h"
#include "dataplane/wire/bj_oe_sock.h"
#include "dataplane/wire/bj_oe_way.h"

enum { BJ_STANDBY_READ_BYTES = 1 << 16 };

typedef struct bj_standby_run {
    bj_standby_t standby;
    const char  *host;
    uint16_t     port;
    bj_oe_tls_files_t files; /* ca NULL: in clear */
    bj_oe_sock_t sock;   /* .fd -1: none */
    bool         fences; /* only until the old primary has heard of our epoch */
    bool         connecting, taking_over, forced;
    bool         reached; /* the primary was there when it was asked to hand over */
    bool         done;   /* it took over, or it fenced */
    bool         broken; /* the disk refused what a take-over writes */
    uint64_t     asked_epoch; /* of the take-over under way */
    int64_t      dial_ns, give_up_ns;
    bool         said_tls; /* why there is none stands in the log */
    bj_status_t  said_why; /* the last refusal that stands in the log */
    uint8_t      data[BJ_STANDBY_READ_BYTES];
} bj_standby_run_t;

/* standby.host (an IPv4 address) and port, its certificate (ca_file, cert_file, cert_key_file, read
 * at each connection; none with clear true), and what bj_standby_open or bj_standby_open_fence
 * read.  To be closed also after false. */
BJ_MUST_USE bool bj_standby_run_open(bj_standby_run_t *run, const bj_config_t *config, bool fences);
/* True: ctl_fd (-1: none) can be read. */
bool bj_standby_run_turn(bj_standby_run_t *run, int ctl_fd);
/* There is nothing more to do.  One that stopped on a difference is still there to be asked, unless
 * it was there to fence. */
bool bj_standby_run_ended(const bj_standby_run_t *run);
bool bj_standby_run_stopped(const bj_standby_run_t *run); /* on an error or a difference */
void bj_standby_run_close(bj_standby_run_t *run);

void bj_standby_run_line(void *run, const char *line, char answer[BJ_CTL_ANSWER_BYTES]);
/* Its state, sequences and epoch, and whether it is behind: one line. */
void bj_standby_run_text(const bj_standby_run_t *run, char *text, size_t text_bytes);

#endif /* BJ_STANDBY_RUN_H */
