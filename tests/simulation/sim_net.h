#ifndef SIM_NET_H
#define SIM_NET_H

/* sim_net - connections between clients and the gateway: two pipes of bytes each.
 *
 * Bytes      arrive in order, in pieces of any size, after any time; a pipe that stands still fills
 *            up, and then nobody can write into it.
 * Ends       each end has its own view.  A cut drops what is under way from any byte on; both ends
 *            hear of it, or one of them, or none (half-open: its silence will tell).
 * Transport  sim_net_serve is to the gateway what bj_ksock is.
 * Threads    one. */
#include "tests/simulation/sim_pipe.h"
#include "tests/simulation/sim_process.h"

enum { SIM_LINKS_MAX = 48 };

typedef struct sim_link {
    bool       client_has, server_has; /* each end's view: it is open */
    bool       calling;                /* the server has not accepted it yet */
    uint32_t   conn_idx;               /* the gateway's */
    uint32_t   machine;                /* that was called */
    sim_pipe_t up, down;
} sim_link_t;

extern uint32_t sim_net_address; /* the machine that has the gateway's address: 0 */
void sim_net_new(void);
sim_link_t *sim_net_call(void); /* NULL: too many are half-open */
void sim_net_hang_up(sim_link_t *link); /* the client's end is closed */
size_t sim_net_say(sim_link_t *link, const uint8_t *data, size_t data_bytes);
/* A piece of what came; *ended: nothing more will. */
size_t sim_net_hear(sim_link_t *link, uint8_t *data, size_t data_bytes, bool *ended);

void sim_net_serve(sim_process_t *process);
void sim_net_cut_one(void);
void sim_net_still_one(void);
/* The process is gone; loudly: its kernel says so to the clients. */
void sim_net_server_gone(const sim_process_t *process, bool loudly);
/* The gateway's address is another machine's now. */
void sim_net_move(const sim_process_t *from, uint32_t to);
void sim_net_smooth(void); /* nothing stands still any more */

#endif /* SIM_NET_H */
