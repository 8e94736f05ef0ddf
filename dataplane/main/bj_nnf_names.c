#include "dataplane/main/bj_nnf_names.h"

#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/base/bj_universe.h"
#include "dataplane/main/bj_contracts.h"

enum { SYMBOL_CHARS = 10 };
static_assert((int)BJ_NNF_NAMES_MAX >= (int)BJ_CONTRACTS_MAX, "either segment's instruments fit");

static bool universe_take(const bj_config_t *config, const char *at, bj_nnf_instrument_t *rows,
                          uint32_t *row_cnt) {
    const char *file = bj_config_str(config, "universe_csv");
    char error[1024] = "";
    size_t cnt = 0;
    bj_universe_row_t *universe = calloc(BJ_NNF_NAMES_MAX, sizeof *universe);
    if (!universe) return false;
    bj_status_t status =
        bj_universe_load(file, universe, BJ_NNF_NAMES_MAX, &cnt, error, sizeof error);
    if (status != BJ_OK) BJ_ERROR("universe_csv %s: %s %s", file, bj_status_text(status), error);
    for (size_t i = 0; i < cnt; i++) {
        bj_nnf_instrument_t *row = &rows[*row_cnt];
        if (strlen(universe[i].symbol) > SYMBOL_CHARS) {
            BJ_WARN("%s: %s is longer than a symbol of NNF", at, universe[i].symbol);
            continue;
        }
        *row = (bj_nnf_instrument_t){.token = universe[i].token, .series = "EQ"};
        memcpy(row->symbol, universe[i].symbol, strlen(universe[i].symbol));
        ++*row_cnt;
    }
    free(universe);
    return status == BJ_OK;
}

static bool contracts_take(const bj_config_t *config, const char *at, bj_nnf_instrument_t *rows,
                           uint32_t *row_cnt) {
    bj_contract_t *contracts;
    bool ok = bj_contracts_read(config, bj_clock_wall_ns(), &contracts, row_cnt);
    if (ok && !contracts) BJ_ERROR("%s: contracts_file must name the contracts", at);
    for (uint32_t i = 0; ok && i < *row_cnt; i++) rows[i] = contracts[i].nnf;
    ok = ok && contracts;
    free(contracts);
    return ok;
}

bool bj_nnf_names_read(const bj_config_t *config, bj_nnf_segment_t segment, const char *at,
                       bj_nnf_instrument_t *rows, uint32_t *row_cnt) {
    *row_cnt = 0;
    return segment == BJ_NNF_FO ? contracts_take(config, at, rows, row_cnt)
                                : universe_take(config, at, rows, row_cnt);
}
