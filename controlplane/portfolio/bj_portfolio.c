#include "controlplane/portfolio/bj_portfolio.h"

static uint64_t magnitude(int64_t n) { return n < 0 ? 0 - (uint64_t)n : (uint64_t)n; }

int64_t bj_position_average_paise(const bj_position_row_t *row) {
    if (row->open_qty == 0) return 0;
    uint64_t qty = magnitude(row->open_qty), cost = magnitude(row->cost_paise);
    uint64_t average = cost / qty, rest = cost % qty;
    return (int64_t)(average + (rest >= qty - rest));
}

bool bj_position_unrealised(const bj_position_row_t *row, int32_t last_paise,
                            int64_t *unrealised_paise) {
    int64_t worth_paise;
    *unrealised_paise = 0;
    if (last_paise == 0) return true;
    return !__builtin_mul_overflow(row->open_qty, (int64_t)last_paise, &worth_paise) &&
           !__builtin_sub_overflow(worth_paise, row->cost_paise, unrealised_paise);
}
