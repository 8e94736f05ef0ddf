/* Whatever lies in a snapshot file: it is taken or refused, and nothing outside the engine's state
 * is written.  The first byte says whether header and checksums are made right before reading, so
 * that the runs behind them are looked at too. */
#include <stdlib.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/journal/bj_snap_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static const bj_engine_config_t config = {.instrument_max = 2, .account_max = 2, .order_max = 8};
enum { FILE_BYTES_MAX = 1 << 16 };

/* Runs that begin in a part, so that more than the first check is reached. */
static void runs_make_right(uint8_t *body, size_t bytes, const bj_parts_t *parts) {
    bj_snap_run_t run;
    for (size_t at = 0; at + sizeof run <= bytes; at += sizeof run + run.bytes) {
        memcpy(&run, body + at, sizeof run);
        run.part_idx %= parts->cnt + 1;
        run.bytes %= 512;
        run.at_bytes %= 4096;
        memcpy(body + at, &run, sizeof run);
    }
}

static void make_right(uint8_t *file, size_t file_bytes, bool runs, const bj_parts_t *parts) {
    bj_snap_header_t h = {.version = BJ_SNAP_VERSION, .instrument_max = config.instrument_max,
                          .account_max = config.account_max, .order_max = config.order_max,
                          .layout = bj_snap_layout(parts), .body_bytes = file_bytes - sizeof h,
                          .info = {.journal_id = 7}};
    memcpy(h.magic, bj_snap_magic, sizeof h.magic);
    if (runs) runs_make_right(file + sizeof h, file_bytes - sizeof h, parts);
    h.body_check = bj_crc32c(0, file + sizeof h, file_bytes - sizeof h);
    h.check = bj_crc32c(0, &h, offsetof(bj_snap_header_t, check));
    memcpy(file, &h, sizeof h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    if (!data_bytes || data_bytes > FILE_BYTES_MAX) return 0;
    size_t bytes = bj_engine_footprint(&config), head = data[0] & 1 ? sizeof(bj_snap_header_t) : 0;
    void *mem = aligned_alloc(64, bytes);
    size_t file_bytes = head + data_bytes - 1;
    uint8_t *file = malloc(file_bytes ? file_bytes : 1);
    if (!mem || !file) abort();
    bj_engine_t *engine = bj_engine_new(mem, &config);
    bj_parts_t parts;
    bj_engine_parts(engine, &parts);
    if (parts.covered_bytes != bytes) abort();
    memset(file, 0, head);
    memcpy(file + head, data + 1, data_bytes - 1);
    if (head) make_right(file, file_bytes, data[0] & 2, &parts);
    bj_snap_info_t info;
    const char *why = bj_snap_read(file, file_bytes, 7, &config, engine, &info);
    if (!why && info.journal_id != 7) abort();
    free(file);
    free(mem);
    return 0;
}
