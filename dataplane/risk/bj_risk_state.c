/* What of risk is state: a counter that is new needs a line here; tables have their list. */
#include "dataplane/base/bj_parts.h"
#include "dataplane/risk/bj_risk_priv.h"

void bj_risk_parts(bj_risk_t *risk, bj_parts_t *parts) {
    const bj_risk_config_t *config = &risk->config;
    bj_parts_cover(parts, sizeof *risk);
    bj_parts_field(parts, &risk->now_ns, sizeof risk->now_ns);
    bj_parts_field(parts, &risk->instrument_cnt, sizeof risk->instrument_cnt);
    bj_parts_field(parts, &risk->account_cnt, sizeof risk->account_cnt);
    bj_parts_field(parts, &risk->desk_cnt, sizeof risk->desk_cnt);
    bj_parts_field(parts, &risk->underlying_cnt, sizeof risk->underlying_cnt);
#define X(member, type, cnt) bj_parts_table(parts, risk->member, (cnt) * sizeof(type));
    BJ_RISK_TABLES(X)
#undef X
}
