#include "controlplane/instruments/bj_instruments.h"

#include <pthread.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"

struct bj_instruments {
    size_t row_cnt;
    bj_universe_row_t row[BJ_INSTRUMENTS_MAX];
    pthread_mutex_t lock; /* of what follows */
    struct {
        bj_instrument_state_t state;
        uint64_t event_seq;
        bj_band_now_t band; /* zeros: the universe's */
        uint64_t band_seq;
    } now[BJ_INSTRUMENTS_MAX];
};

bj_instruments_t *bj_instruments_new(const char *universe_csv) {
    char error[512] = "";
    bj_instruments_t *instruments = calloc(1, sizeof *instruments);
    if (!instruments) return NULL;
    bj_status_t status =
        bj_universe_load(universe_csv, instruments->row, BJ_INSTRUMENTS_MAX, &instruments->row_cnt,
                         error, sizeof error);
    if (status != BJ_OK) {
        BJ_ERROR("the universe cannot be read: %s %s", bj_status_text(status), error);
        free(instruments);
        return NULL;
    }
    pthread_mutex_init(&instruments->lock, NULL);
    return instruments;
}

void bj_instruments_free(bj_instruments_t *instruments) {
    if (instruments) pthread_mutex_destroy(&instruments->lock);
    free(instruments);
}

size_t bj_instruments_cnt(const bj_instruments_t *instruments) { return instruments->row_cnt; }

const bj_universe_row_t *bj_instrument_at(const bj_instruments_t *instruments, size_t idx) {
    return idx < instruments->row_cnt ? &instruments->row[idx] : NULL;
}

const bj_universe_row_t *bj_instrument_by_symbol(const bj_instruments_t *instruments,
                                                 const char *symbol) {
    for (size_t i = 0; i < instruments->row_cnt; i++) {
        if (strcmp(instruments->row[i].symbol, symbol) == 0) return &instruments->row[i];
    }
    return NULL;
}

const bj_universe_row_t *bj_instrument_by_token(const bj_instruments_t *instruments,
                                                uint32_t token) {
    for (size_t i = 0; i < instruments->row_cnt; i++) {
        if (instruments->row[i].token == token) return &instruments->row[i];
    }
    return NULL;
}

bj_instrument_state_t bj_instrument_state(bj_instruments_t *instruments, uint32_t token) {
    const bj_universe_row_t *row = bj_instrument_by_token(instruments, token);
    if (!row) return BJ_STATE_CLOSED;
    pthread_mutex_lock(&instruments->lock);
    bj_instrument_state_t state = instruments->now[row - instruments->row].state;
    pthread_mutex_unlock(&instruments->lock);
    return state;
}

void bj_instrument_set_state(bj_instruments_t *instruments, uint32_t token,
                             bj_instrument_state_t state, uint64_t event_seq) {
    const bj_universe_row_t *row = bj_instrument_by_token(instruments, token);
    if (!row) return;
    pthread_mutex_lock(&instruments->lock);
    if (event_seq >= instruments->now[row - instruments->row].event_seq) {
        instruments->now[row - instruments->row].state = state;
        instruments->now[row - instruments->row].event_seq = event_seq;
    }
    pthread_mutex_unlock(&instruments->lock);
}

bj_band_now_t bj_instrument_band(bj_instruments_t *instruments, const bj_universe_row_t *row) {
    pthread_mutex_lock(&instruments->lock);
    bj_band_now_t band = instruments->now[row - instruments->row].band;
    pthread_mutex_unlock(&instruments->lock);
    return band.lo_paise ? band : (bj_band_now_t){row->band_lo_paise, row->band_hi_paise};
}

void bj_instrument_set_band(bj_instruments_t *instruments, uint32_t token, bj_band_now_t band,
                            uint64_t event_seq) {
    const bj_universe_row_t *row = bj_instrument_by_token(instruments, token);
    if (!row) return;
    pthread_mutex_lock(&instruments->lock);
    if (event_seq >= instruments->now[row - instruments->row].band_seq) {
        instruments->now[row - instruments->row].band = band;
        instruments->now[row - instruments->row].band_seq = event_seq;
    }
    pthread_mutex_unlock(&instruments->lock);
}

const char *const bj_instrument_state_words[BJ_STATE_CNT + 1] = {
    [BJ_STATE_CLOSED] = "closed",         [BJ_STATE_OPEN] = "open",
    [BJ_STATE_HALTED] = "halted",         [BJ_STATE_AUCTION] = "auction",
    [BJ_STATE_AUCTION_LIMIT] = "auction_limit", [BJ_STATE_BUFFER] = "buffer",
    [BJ_STATE_POST_CLOSE] = "post_close",
};

const char *bj_instrument_state_name(bj_instrument_state_t state) {
    return (size_t)state < BJ_STATE_CNT ? bj_instrument_state_words[state] : "closed";
}
