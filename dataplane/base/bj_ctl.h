#ifndef BJ_CTL_H
#define BJ_CTL_H

/* bj_ctl - lines of text over a UNIX socket, each answered with one line.
 *
 * Use        open, poll bj_ctl_fd for input, then bj_ctl_step; the function given makes the answer.
 * Access     the socket is 0600: who may write there is the user who runs the process.
 * Bad input  a line of BJ_CTL_LINE_BYTES or more is answered with a sentence and the connection
 *            closed.  Whoever does not read the answers loses the connection; nobody waits.
 * Threads    one. */
#include "dataplane/base/bj_base.h"

enum { BJ_CTL_LINE_BYTES = 256, BJ_CTL_ANSWER_BYTES = 2048, BJ_CTL_CONNECTIONS = 8 };

/* answer: a line without its end. */
typedef void bj_ctl_line_fn(void *ctx, const char *line, char answer[BJ_CTL_ANSWER_BYTES]);

typedef struct bj_ctl bj_ctl_t;

bj_ctl_t *bj_ctl_open(const char *file, bj_ctl_line_fn *line, void *ctx); /* NULL: see errno */
void bj_ctl_close(bj_ctl_t *ctl); /* takes the file away */
int bj_ctl_fd(const bj_ctl_t *ctl);
void bj_ctl_step(bj_ctl_t *ctl);

/* The other side: sends one line, waits at most 5 s for the answer.  False: see errno. */
BJ_MUST_USE bool bj_ctl_tell(const char *file, const char *line, char answer[BJ_CTL_ANSWER_BYTES]);

#endif /* BJ_CTL_H */
