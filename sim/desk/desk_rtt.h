#ifndef DESK_RTT_H
#define DESK_RTT_H

/* What the commands of bijli-desk that measure share.  A trip is timed from before its bytes are
 * handed to the kernel until the answer's have been read; in between it spins: a sleeping client
 * would measure its own waking. */
#include "sim/desk/desk.h"

/* Sorts took_ns; prints a line for each figure.  Returns the median, in ns; 0: there is none. */
int64_t desk_rtt_print(const char *name, int64_t *took_ns, size_t cnt);

/* Connected, or exits 3 with a sentence. */
int desk_echo_dial(const char *host, int64_t port);
/* A new order's bytes there, a report's back.  False: it ended, or desk_stop. */
bool desk_echo_trip(int fd, int64_t *took_ns);

#endif /* DESK_RTT_H */
