#ifndef BJ_EXCHANGE_H
#define BJ_EXCHANGE_H

/* bj_exchange - the simulator put together: market model, log, faults, sources, services, commands.
 *
 * Purpose    bijli_exchange.c is the command line; here is what runs.  The model's messages are
 *            logged, then go through the faults to the two sources; what only the broadcast tells
 *            is told once a second, through the faults, too; the services answer from the log and
 *            from pictures of the books; commands change the faults; members' orders come in by
 *            NNF and are the model's to hit.
 * Time       live: both clocks, the model steps every 10 ms.  Fast: market time alone, from
 *            BJ_EXCHANGE_FAST_START_NS, the messages of a step spread over it; no network, no
 *            services, no commands: the same configuration gives the same captures.
 * Errors     at start: a sentence on stderr and exit 2.
 * Threads    one. */
#include "sim/exchange/bj_broadcast.h"
#include "sim/exchange/bj_command.h"
#include "dataplane/base/bj_ctl.h"
#include "sim/exchange/bj_day.h"
#include "sim/exchange/bj_exchange_nnf.h"
#include "sim/exchange/bj_out.h"
#include "sim/exchange/bj_recovery.h"

#define BJ_EXCHANGE_FAST_START_NS INT64_C(1795491900000000000) /* 2026-11-24 09:15 IST */

typedef struct bj_exchange_options {
    const char *capture[BJ_SOURCES]; /* files, or NULL */
    int64_t     run_ns;              /* 0: until it is told to stop */
    bool        fast;
} bj_exchange_options_t;

typedef struct bj_exchange {
    const char   *run_dir;
    bj_day_t      day;
    bj_out_t     *out;
    bj_model_t   *model;
    bj_faults_t  *faults;
    bj_exchange_options_t options;
    int64_t  refresh_ns, snapshot_ns, spacing_ns;
    int64_t  now_ns;      /* of this turn: monotonic; fast: market time */
    int64_t  stop_ns, step_ns, health_ns, said_ns, picture_ns; /* when each is due; last warning */
    int64_t  spoke_ns[BJ_UNIVERSE_STREAM_MAX];                 /* last datagram of the stream */
    int64_t  refresh_due_ns[BJ_UNIVERSE_STREAM_MAX];
    uint64_t refreshes, heartbeats, switches, commands, command_errors;
    bj_msglog_t   *log;      /* NULL: no service asks for it */
    bj_pictures_t *pictures; /* or NULL */
    bj_ctl_t      *ctl;      /* or NULL */
    bj_broadcast_t *broadcast;
    int64_t        broadcast_ns; /* when it speaks next */
    bj_recovery_t  recovery[BJ_SEGMENT_CNT];
    bj_snapshot_t  snapshot[BJ_SEGMENT_CNT];
    bj_exchange_nnf_t *nnf; /* or NULL */
    bool           nnf_busy; /* it has more to do than one turn's work */
    bj_service_t  *service[2][BJ_SEGMENT_CNT]; /* recovery, snapshot; NULL: off */
} bj_exchange_t;

/* bj_exchange_start.c */
void bj_exchange_open(bj_exchange_t *exchange, const bj_config_t *config,
                      const bj_exchange_options_t *options);
BJ_MUST_USE bool bj_exchange_close(bj_exchange_t *exchange); /* false: a capture is not whole */

/* bj_exchange.c: until *stop, or for as long as the options say.  *refresh: every stream begins
 * again with every live order. */
void bj_exchange_run(bj_exchange_t *exchange, const volatile int *stop, volatile int *refresh);
void bj_exchange_publish(void *ctx, uint32_t stream_idx, const void *data, size_t data_bytes);
void bj_exchange_send(void *ctx, uint32_t source, uint32_t stream_idx, const void *data,
                      size_t data_bytes, int64_t due_ns);
void bj_exchange_broadcast(void *ctx, uint32_t stream_idx, const void *data, size_t data_bytes);
/* The stream begins again at 1, with every live order or with none. */
void bj_exchange_begin(bj_exchange_t *exchange, uint32_t stream_idx, bool full);
int64_t bj_exchange_wall_ns(const bj_exchange_t *exchange);

/* bj_exchange_say.c */
void bj_exchange_command(void *ctx, const char *line, char answer[BJ_CTL_ANSWER_BYTES]);
void bj_exchange_health(bj_exchange_t *exchange);

#endif /* BJ_EXCHANGE_H */
