/* How much a session may say.  First a warning, then refusals, in the end the connection; a cancel
 * has an allowance of its own beyond the common one, so that who has said too much can still get
 * out. */
#include <stdio.h>
#include "dataplane/gateway/bj_gateway_priv.h"

static const int64_t window_ns = BJ_NS_PER_S; /* refusals are counted, warnings spaced by it */

void throttle_setup(session_t *session) {
    const bj_gateway_throttle_t *config = &session->config.throttle;
    session->throttle = (throttle_t){
        .all = {.rate_per_s = config->rate_per_s, .burst = config->burst},
        .cancels = {.rate_per_s = config->cancel_rate_per_s, .burst = config->cancel_burst}};
}

static void warn(bj_gateway_t *gateway, conn_t *conn, session_t *session, uint64_t seq,
                 bj_now_t now) {
    const bj_bucket_t *all = &session->throttle.all;
    uint32_t used_pct = bj_bucket_used_pct(all);
    if (used_pct < session->config.throttle.warn_pct) return;
    if (session->throttle.warned_ns && now.mono_ns - session->throttle.warned_ns < window_ns)
        return;
    session->throttle.warned_ns = now.mono_ns;
    gateway->counters.throttle_warnings++;
    if (!conn->warn) return; /* an older client, or one that does not want to know */
    bj_oe_warning_t warning = {.header = {.len_bytes = sizeof warning, .type = BJ_OE_WARNING,
                                          .version = BJ_OE_VERSION},
                               .ref_seq = seq, .rate_per_s = all->rate_per_s,
                               .burst = all->burst, .used_pct = (uint16_t)used_pct};
    snprintf(warning.text, sizeof warning.text, "%u%% of the message allowance is used",
             used_pct);
    conn_say(gateway, conn, &warning, sizeof warning, now);
}

static bool cancels(uint8_t type) { return type == BJ_OE_CANCEL || type == BJ_OE_MASS_CANCEL; }

throttle_verdict_t throttle_take(bj_gateway_t *gateway, conn_t *conn, session_t *session,
                                 const bj_oe_header_t *header, bj_now_t now) {
    throttle_t *throttle = &session->throttle;
    if (!throttle->all.rate_per_s) return THROTTLE_PASS;
    if (bj_bucket_take(&throttle->all, now.mono_ns)) {
        warn(gateway, conn, session, header->seq, now);
        return THROTTLE_PASS;
    }
    if (cancels(header->type) && bj_bucket_take(&throttle->cancels, now.mono_ns))
        return THROTTLE_PASS;
    gateway->counters.throttled++;
    if (!throttle->refused_cnt || now.mono_ns - throttle->refused_ns >= window_ns) {
        throttle->refused_cnt = 0;
        throttle->refused_ns = now.mono_ns;
    }
    uint32_t cut_cnt = session->config.throttle.cut_cnt;
    if (!cut_cnt || ++throttle->refused_cnt < cut_cnt) return THROTTLE_REFUSE;
    throttle->refused_cnt = 0;
    gateway->counters.throttle_cuts++;
    return THROTTLE_CUT;
}
