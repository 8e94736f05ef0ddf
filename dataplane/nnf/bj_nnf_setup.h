#ifndef BJ_NNF_SETUP_H
#define BJ_NNF_SETUP_H

/* bj_nnf_setup - what the configuration says of an NNF server: boxes, users, encryption, ports.
 * Whoever speaks the exchange's side reads it here: the gateway, the exchange simulator.
 *
 * Keys       docs/protocols/nnf.md, under `at`, "gateway.nnf" for example.
 * Errors     a sentence in the log that names the key; a missing key ends the process, as of any
 *            configuration.
 * Ownership  `server` points into the setup and `sock` into the configuration: both must live until
 *            server and sockets are made.  Instruments, ops and ctx are left to the caller. */
#include "dataplane/base/bj_config.h"
#include "dataplane/nnf/bj_nnf_sock.h"

typedef struct bj_nnf_setup {
    bj_nnf_config_t server;
    bj_nnf_sock_config_t sock;
    bj_nnf_box_t  boxes[BJ_NNF_BOXES_MAX];
    bj_nnf_user_t users[BJ_NNF_USERS_MAX];
} bj_nnf_setup_t;

/* No users: nobody can sign on, the server is off. */
BJ_MUST_USE bool bj_nnf_setup_asked(const bj_config_t *config, const char *at);
BJ_MUST_USE bool bj_nnf_setup_read(const bj_config_t *config, const char *at,
                                   bj_nnf_setup_t *setup);

#endif /* BJ_NNF_SETUP_H */
