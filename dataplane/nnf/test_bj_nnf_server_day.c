/* What the server remembers: requests that must wait, answers that find theirs, a reader that is
 * slow; and that nothing is said twice or lost when a member comes back or the server does. */
#include "dataplane/nnf/test_nnf_server.h"

/* --- the back end has no room, or no journal --- */
static void test_waiting(void) {
    start(BJ_NNF_CM, BJ_NNF_STREAM);
    bj_nnf_msg_t order = member_order(&one, BJ_NNF_BUY, 5, 100), got;
    bj_nnf_msg_t info = {.code = BJ_NNF_INFO_ASK, .user_id = 501, .time_exch_ns = 987654321};
    bed.answer = BJ_ERR_FULL;
    member_say(&one, &order);
    member_say(&one, &info); /* must not overtake */
    for (int i = 0; i < 3000; i++) /* neither the box's rate nor the table of orders feels it */
        bed_time(&bed, BJ_NS_PER_US);
    BJ_CHECK(member_hear(&one).code == 0 && bed.cmd_cnt == 0);
    bed.answer = BJ_OK;
    bed_time(&bed, BJ_NS_PER_MS);
    BJ_CHECK(bed.cmd_cnt == 1 && last_cmd()->type == BJ_CMD_NEW);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_INFO && got.time_exch_ns == 987654321); /* as given */
    BJ_CHECK(last_cmd()->session_seq == (1 << 2 | 0));
    BJ_CHECK((uint32_t)last_cmd()->client_order_id == 4711);
    BJ_CHECK(bj_nnf_server_counters(bed.server)->held >= 2);
    bed.answer = BJ_ERR_UNAVAILABLE;
    member_say(&one, &order);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_REJECT_TR && got.error == BJ_NNF_E_NOT_AVAILABLE);
    bed.answer = BJ_OK;
    member_say(&one, &order);
    BJ_CHECK(last_cmd()->session_seq == (2 << 2 | 0)); /* the refused one took no number */
    finish();
}

/* --- a manager's kill switch of five users that is broken off, refused, and done --- */
static unsigned kills_of(size_t from) {
    unsigned sessions = 0;
    for (size_t i = from; i < bed.cmd_cnt; i++) {
        if (bed.cmds[i].type == BJ_CMD_MASS_CANCEL) sessions |= 1u << (bed.cmds[i].session_id - 21);
    }
    return sessions;
}

static void test_kill_broken_off(void) {
    bj_nnf_msg_t kill = {.code = BJ_NNF_KILL, .user_id = 505}, got;
    start(BJ_NNF_CM, BJ_NNF_TAG);
    BJ_CHECK(member_sign_on(&one, 505, "Secret1", 'T').error == 0);
    bed.full_at = bed.cmd_cnt + 2;
    member_say(&one, &kill);
    BJ_CHECK(kills_of(0) == 0x03); /* users 501 and 502 */
    member_drop(&one);             /* the rest of it goes with the connection */
    bed.full_at = 0;
    bed_time(&bed, BJ_NS_PER_MS);
    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(member_sign_on(&one, 505, "Secret1", 'T').error == 0);
    size_t from = bed.cmd_cnt;
    bed.answer = BJ_ERR_UNAVAILABLE;
    member_say(&one, &kill);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_REJECT && got.error == BJ_NNF_E_NOT_AVAILABLE);
    BJ_CHECK(member_hear(&one).code == 0 && kills_of(from) == 0); /* said once */
    bed.answer = BJ_OK;
    bed.full_at = bed.cmd_cnt + 2;
    member_say(&one, &kill);
    bed.full_at = 0;
    bed_time(&bed, BJ_NS_PER_MS); /* goes on where it was */
    BJ_CHECK(kills_of(from) == 0x37 && bed.cmd_cnt == from + 5);
    for (size_t i = from; i < from + 5; i++) {
        BJ_CHECK(member_hear(&one).code != BJ_NNF_KILL_DONE || one.got_seq == 0);
        bed_event(BJ_EV_MASS_DONE, &bed.cmds[i], true)->client_order_id = 0;
        bed_tell();
    }
    do {
        got = member_hear(&one);
    } while (got.code && !one.got_seq);
    BJ_CHECK(got.code == BJ_NNF_KILL_DONE && one.got_seq == one.seq && got.user_id == 505);
    finish();
}

/* --- two requests for one order under way: each answer has its own request's number --- */
static void test_answers_numbered(void) {
    start(BJ_NNF_CM, BJ_NNF_STREAM);
    bj_nnf_msg_t order = member_order(&one, BJ_NNF_BUY, 5, 100), got;
    member_say(&one, &order);
    bed_event(BJ_EV_ACCEPTED, last_cmd(), true);
    bed_tell();
    got = member_hear(&one);
    bj_nnf_msg_t modify = member_change(&one, &got, BJ_NNF_MODIFY_TR);
    bj_nnf_msg_t cancel = member_change(&one, &got, BJ_NNF_CANCEL_TR);
    modify.price_paise = 105;
    member_say(&one, &modify);
    uint32_t modify_seq = one.seq;
    member_say(&one, &cancel);
    BJ_CHECK(bed.cmd_cnt == 3);
    bed_event(BJ_EV_MODIFIED, &bed.cmds[1], true)->side = BJ_BUY;
    bed_event(BJ_EV_CANCELLED, &bed.cmds[2], true)->side = BJ_BUY;
    bed_tell();
    BJ_CHECK(member_hear(&one).code == BJ_NNF_MODIFIED_TR && one.got_seq == modify_seq);
    BJ_CHECK(member_hear(&one).code == BJ_NNF_CANCELLED_TR && one.got_seq == one.seq);
    finish();
}

/* --- a slow reader loses nothing and hears nothing twice --- */
static void fill_event(const bj_cmd_t *cmd, int i) {
    bj_event_t *event = bed_event(BJ_EV_TRADE, cmd, false);
    event->qty = 5000, event->last_qty = 1, event->last_price_paise = 100;
    event->match_id = (uint64_t)i, event->cum_qty = i, event->leaves_qty = 5000 - i;
}

static void test_slow(void) {
    start(BJ_NNF_CM, BJ_NNF_STREAM);
    bj_nnf_msg_t order = member_order(&one, BJ_NNF_BUY, 5, 100);
    member_say(&one, &order);
    bj_cmd_t cmd = *last_cmd();
    bed_event(BJ_EV_ACCEPTED, &cmd, true);
    for (int i = 1; i <= 999; i++)
        fill_event(&cmd, i);
    bed_tell();
    BJ_CHECK(bj_nnf_server_counters(bed.server)->slow > 0);
    BJ_CHECK(member_hear(&one).code == BJ_NNF_CONFIRM_TR && one.got_seq == one.seq);
    fill_event(&cmd, 1000); /* there is room again, but it is not this one's turn */
    bed_tell();
    int64_t next = 1, activity = 0;
    for (int round = 0; round < 400 && next <= 1000; round++) {
        bj_nnf_msg_t got;
        bed_time(&bed, BJ_NS_PER_MS);
        while ((got = member_hear(&one)).code) {
            BJ_CHECK(got.code == BJ_NNF_TRADE_TR && got.fill_number == next && one.got_seq == 0);
            BJ_CHECK(got.filled_qty == next && got.left_qty == 5000 - next);
            BJ_CHECK(got.activity_ref > activity);
            activity = got.activity_ref;
            next++;
        }
    }
    BJ_CHECK(next == 1001);
    finish();
}

/* --- coming back: the whole day, the rest of it, the same after a restart --- */
static uint64_t download(member_t *member, int64_t after, int64_t *last, unsigned *cnt) {
    bj_nnf_msg_t ask = {.code = BJ_NNF_DOWNLOAD, .user_id = 501, .alpha0 = 1}, got, inner;
    bj_be64_t place = bj_nnf_whole(after);
    uint64_t sum = 0;
    memcpy(ask.download_seq, &place, sizeof place);
    member_say(member, &ask);
    got = member_hear(member);
    BJ_CHECK(got.code == BJ_NNF_DOWNLOAD_START && member->got_seq == member->seq);
    *cnt = 0;
    for (int round = 0; round < 400; round++) {
        bed_time(&bed, BJ_NS_PER_MS);
        while ((got = member_hear_record(member, &inner)).code == BJ_NNF_DOWNLOAD_RECORD) {
            BJ_CHECK(inner.jiffies > *last && inner.user_id == 501);
            *last = inner.jiffies;
            ++*cnt;
            for (size_t i = 40; i < member->raw_bytes; i++)
                sum = (sum ^ member->raw[i]) * UINT64_C(0x100000001b3);
        }
        if (got.code == BJ_NNF_DOWNLOAD_END) return sum;
    }
    BJ_CHECK(false); /* the download did not end */
    return 0;
}

static void test_download(void) {
    start(BJ_NNF_CM, BJ_NNF_STREAM);
    bj_nnf_msg_t order = member_order(&one, BJ_NNF_BUY, 50, 100);
    for (int i = 0; i < 100; i++) {
        order.client_ref = i;
        member_say(&one, &order);
        bed_event(BJ_EV_ACCEPTED, last_cmd(), true);
        if (i % 3 == 0) bed_event(BJ_EV_CANCELLED, last_cmd(), false)->reason = BJ_END_BAND;
        bed_tell();
        if (i % 10 == 0) bed_time(&bed, BJ_NS_PER_MS);
    }
    int64_t live[200], last = 0;
    unsigned live_cnt = 0, cnt;
    for (bj_nnf_msg_t got; (got = member_hear(&one)).code; live_cnt++)
        live[live_cnt] = got.jiffies;
    uint64_t sum = download(&one, 0, &last, &cnt);
    BJ_CHECK(cnt == 134 && live_cnt == 134 && last == live[133]);
    member_drop(&one);

    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(member_sign_on(&one, 501, "Secret1", 'T').error == 0);
    BJ_CHECK(member_hear(&one).code == 0); /* what was is for the download */
    last = 0;
    BJ_CHECK(download(&one, 0, &last, &cnt) == sum && cnt == 134);
    for (unsigned i = 0; i < live_cnt; i++) { /* from every place: what came after it */
        last = live[i];
        bed_time(&bed, 5 * BJ_NS_PER_MS); /* below the box's rate */
        (void)download(&one, live[i], &last, &cnt);
        BJ_CHECK(cnt == live_cnt - 1 - i && last == live[live_cnt - 1]);
    }
    bj_nnf_msg_t ask = {.code = BJ_NNF_DOWNLOAD, .user_id = 501, .alpha0 = 2};
    member_say(&one, &ask); /* there is one stream */
    BJ_CHECK(member_hear(&one).error == BJ_NNF_E_PACKET);
    finish();
}

/* After a restart from the same events: the same places, the same numbers; blank is what only the
 * request said. */
static void test_restart(void) {
    const char *error;
    start(BJ_NNF_FO, BJ_NNF_TAG);
    bj_nnf_msg_t order = member_order(&one, BJ_NNF_SELL, 50, 100), before, after, inner;
    member_say(&one, &order);
    bj_cmd_t cmd = *last_cmd();
    bed_event(BJ_EV_ACCEPTED, &cmd, true);
    bed_event(BJ_EV_TRADE, &cmd, false)->leaves_qty = 20;
    bed_tell();
    BJ_CHECK(member_hear(&one).code == BJ_NNF_CONFIRM_TR);
    before = member_hear(&one);
    BJ_CHECK(before.code == BJ_NNF_TRADE_TR && strcmp(before.pan, "ABCDE1234F") == 0);
    member_drop(&one);
    bj_nnf_server_free(bed.server);

    bed.server = bj_nnf_server_new(&bed.config, &error);
    for (size_t i = 0; i < bed.event_cnt; i++)
        bj_nnf_server_recover_event(bed.server, &bed.events[i]);
    bj_nnf_server_recover_seq(bed.server, 21, cmd.session_seq);
    bed.cmd_cnt = 0;
    bed_time(&bed, BJ_NS_PER_MS); /* its connection of the earlier run is gone */
    BJ_CHECK(bed.cmd_cnt == 1 && last_cmd()->type == BJ_CMD_DISCONNECT);
    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(member_sign_on(&one, 501, "Secret1", 'T').error == 0);
    bj_nnf_msg_t ask = {.code = BJ_NNF_LOCAL_ASK, .user_id = 501, .open_orders = 'Y'};
    member_say(&one, &ask);
    BJ_CHECK(member_hear(&one).code == BJ_NNF_LOCAL_START);
    bed_time(&bed, BJ_NS_PER_MS);
    BJ_CHECK(member_hear_record(&one, &inner).code == BJ_NNF_LOCAL_RECORD);
    BJ_CHECK(member_hear(&one).code == BJ_NNF_LOCAL_END);
    BJ_CHECK(inner.order_number == before.order_number && inner.left_qty == 20);
    BJ_CHECK(inner.activity_ref == before.activity_ref && inner.pan[0] == '\0');
    BJ_CHECK(strcmp(inner.account, "CLIENT1") == 0);
    after = member_change(&one, &inner, BJ_NNF_CANCEL_TR);
    member_say(&one, &after); /* the order can be got at */
    BJ_CHECK(last_cmd()->type == BJ_CMD_CANCEL);
    BJ_CHECK(last_cmd()->client_order_id == cmd.client_order_id);
    BJ_CHECK(last_cmd()->session_seq == (2 << 2 | 2)); /* numbers go on */
    finish();
}

int main(void) {
    test_waiting();
    test_kill_broken_off();
    test_answers_numbered();
    test_slow();
    test_download();
    test_restart();
    return bj_test_end("test_bj_nnf_server_day");
}
