/* test_nnf_server - a back end that the test plays itself, and one member that is signed on. */
#ifndef TEST_NNF_SERVER_H
#define TEST_NNF_SERVER_H
#include "dataplane/base/bj_test.h"
#include "dataplane/nnf/test_nnf_bed.h"

static bed_t bed;
static member_t one;

/* --- events as the engine makes them --- */
static inline bj_event_t *bed_event(bj_event_type_t type, const bj_cmd_t *cmd, bool asked) {
    bj_event_t *event = &bed.events[bed.event_cnt++];
    *event = (bj_event_t){.seq = bed.event_cnt, .cmd_seq = bed.event_cnt,
                          .time_ns = bed.now.wall_ns, .type = (uint16_t)type,
                          .session_id = cmd->session_id, .account_id = cmd->account_id,
                          .client_order_id = cmd->client_order_id, .token = cmd->token,
                          .order_id = 1 + (cmd->client_order_id >> 32 & 0xffff),
                          .price_paise = cmd->price_paise, .qty = cmd->qty,
                          .leaves_qty = cmd->qty, .side = cmd->side,
                          .order_type = cmd->order_type, .tif = cmd->tif, .flags = cmd->flags,
                          .disclosed_qty = cmd->disclosed_qty,
                          .trigger_price_paise = cmd->trigger_price_paise,
                          .session_seq = asked ? cmd->session_seq : 0};
    return event;
}

static inline void bed_tell(void) {
    while (bed.told_cnt < bed.event_cnt)
        bj_nnf_server_event(bed.server, &bed.events[bed.told_cnt++], bed.now);
}

static inline const bj_cmd_t *last_cmd(void) { return &bed.cmds[bed.cmd_cnt - 1]; }

static inline void start(bj_nnf_segment_t segment, bj_nnf_cipher_t cipher) {
    bed_open(&bed, segment, cipher);
    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    bj_nnf_msg_t got = member_sign_on(&one, 501, "Secret1", 'T');
    BJ_CHECK(got.code == BJ_NNF_SIGNED_ON && got.error == 0 && got.sign_user_id == 501);
    BJ_CHECK(strcmp(got.trader_name, "FIRST") == 0 && got.branch_id == 3 && !got.password[0]);
    BJ_CHECK(one.got_seq == one.seq);
}

static inline void finish(void) {
    member_drop(&one);
    bj_nnf_server_free(bed.server);
}

#endif /* TEST_NNF_SERVER_H */
