#ifndef SIM_SOCK_H
#define SIM_SOCK_H

/* sim_sock - the sockets between two machines, under the real socket code: TCP, and an eventfd.
 *
 * Machines   port SIM_PORT + M is machine M's, whatever the address.
 * Bytes      as in sim_pipe.h; poll, recv and send are points of a fiber (sim_proc.h).
 * Ends       a process that goes closes its ends, loudly or not.  A cut is heard at both ends, at
 *            one, or at none.  While the machines are split nothing gets through, and who calls
 *            waits; what was under way comes afterwards.
 * Threads    one. */
#include "tests/simulation/sim_proc.h"

enum { SIM_SOCK_BASE = 3000, SIM_SOCKS_MAX = 64, SIM_PORT = 7000 };

void sim_sock_new(void);
void sim_sock_let_go(const sim_proc_t *proc, bool loudly);
bool sim_sock_is(int fd);
void sim_sock_close(int fd);

void sim_sock_cut(void);          /* all connections that there are */
void sim_sock_still(void);        /* some of them, for a while */
void sim_sock_split(bool is_split);
bool sim_sock_is_split(void);
bool sim_sock_sound(void); /* not split, and nothing was cut that somebody still holds */

#endif /* SIM_SOCK_H */
