#ifndef BJ_SNAP_PRIV_H
#define BJ_SNAP_PRIV_H

/* What lies in a snapshot file, for the files of bj_snap and their tests. */
#include "dataplane/base/bj_wire_check.h"
#include "dataplane/journal/bj_journal_priv.h"
#include "dataplane/journal/bj_snap.h"

enum { BJ_SNAP_VERSION = 1 }; /* +1 whenever a saved struct changes and keeps its size */

typedef struct bj_snap_header {
    char     magic[8]; /* "BIJLISNP" */
    uint32_t version, instrument_max, account_max, order_max;
    uint32_t message_rate_per_s, message_burst;
    uint64_t layout; /* of the parts: their number and sizes */
    uint64_t body_bytes;
    bj_snap_info_t info;
    uint32_t desk_max, underlying_max; /* like those above as the config says, 0 for the usual */
    int64_t  executions_ns;
    uint8_t  venue, reserved[7];
    uint32_t body_check; /* CRC32C of the body */
    uint32_t check;      /* CRC32C of the 252 bytes before it */
} bj_snap_header_t;
BJ_WIRE_SIZE(bj_snap_header_t, 256);
BJ_WIRE_AT(bj_snap_header_t, layout, 32);
BJ_WIRE_AT(bj_snap_header_t, info, 48);
BJ_WIRE_AT(bj_snap_header_t, desk_max, 224);
BJ_WIRE_AT(bj_snap_header_t, executions_ns, 232);
BJ_WIRE_AT(bj_snap_header_t, check, 252);

typedef struct bj_snap_run { /* its bytes follow */
    uint32_t part_idx, bytes;
    uint64_t at_bytes; /* in the part */
} bj_snap_run_t;
BJ_WIRE_SIZE(bj_snap_run_t, 16);

extern const char bj_snap_magic[8];
uint64_t bj_snap_layout(const bj_parts_t *parts);
bool bj_snap_path(char *path, const char *dir, uint64_t cmd_seq);

bj_status_t bj_snap_save_on(const char *dir, const bj_journal_io_t *io, bj_engine_t *engine,
                                bj_engine_t *blank, const bj_engine_config_t *config,
                                bj_snap_info_t *info);
/* A whole file in memory, without the state's hash: what the fuzzer throws at. */
const char *bj_snap_read(const uint8_t *file, size_t file_bytes, uint64_t journal_id,
                             const bj_engine_config_t *config, bj_engine_t *engine,
                             bj_snap_info_t *info);

#endif /* BJ_SNAP_PRIV_H */
