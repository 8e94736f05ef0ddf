/* The table of reasons: every refusal has a row, codes are NSE's, and what cannot be told apart on
 * the way back is known. */
#include "dataplane/nnf/bj_nnf_reason.h"

#include "dataplane/base/bj_test.h"

static void test_complete(void) {
    static const bj_status_t statuses[] = {
#define X(name, value, text) name,
        BJ_STATUS_LIST(X)
#undef X
    };
    for (size_t i = 0; i < BJ_COUNT(statuses); i++) {
        if (statuses[i] < 100) continue;
        for (int segment = 0; segment < BJ_NNF_SEGMENT_CNT; segment++) {
            int32_t error = bj_nnf_error((bj_nnf_segment_t)segment, statuses[i]);
            bool asked_for = statuses[i] == BJ_END_USER || statuses[i] == BJ_END_MASS;
            bool machine = statuses[i] == BJ_REJ_ENGINE_FULL;
            BJ_CHECK((error == 0) == asked_for);
            BJ_CHECK(machine || error != BJ_NNF_E_SYSTEM); /* no row was forgotten */
            BJ_CHECK(error <= INT16_MAX);
        }
    }
}

static void test_cases(void) {
    static const struct { bj_status_t status; int32_t cm, fo, reason_code; } cases[] = {
        {BJ_OK, 0, 0, 0},
        {BJ_REJ_TICK, 16283, 16283, 0},
        {BJ_REJ_PRICE_BAND, 16284, 16284, 17},
        {BJ_REJ_LOT, 16328, 16328, 0},
        {BJ_REJ_FREEZE_QTY, 16307, 16606, 18},
        {BJ_REJ_ORDER_UNKNOWN, 509, 509, 11},
        {BJ_END_SELF_TRADE, 17080, 17071, 0},
        {BJ_END_PROTECTION, 17183, 17182, 0},
        {BJ_REJ_NO_REFERENCE, 17182, 17181, 0},
        {BJ_REJ_FIELD, 16418, 16419, 0},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_nnf_error(BJ_NNF_CM, cases[i].status) == cases[i].cm);
        BJ_CHECK(bj_nnf_error(BJ_NNF_FO, cases[i].status) == cases[i].fo);
        BJ_CHECK(bj_nnf_reason_code(cases[i].status) == cases[i].reason_code);
        BJ_CHECK(bj_nnf_status(BJ_NNF_CM, cases[i].cm) == cases[i].status);
        BJ_CHECK(bj_nnf_status(BJ_NNF_FO, cases[i].fo) == cases[i].status);
    }
    BJ_CHECK(bj_nnf_status(BJ_NNF_CM, 31999) == BJ_ERR_DENIED);
    BJ_CHECK(bj_nnf_error(BJ_NNF_CM, BJ_ERR_DB) == BJ_NNF_E_SYSTEM);
    BJ_CHECK(strcmp(bj_nnf_error_text(BJ_NNF_CM, BJ_NNF_E_BOX), "bad box id") == 0);
    BJ_CHECK(strcmp(bj_nnf_error_text(BJ_NNF_CM, 16283), bj_status_text(BJ_REJ_TICK)) == 0);
}

int main(void) {
    test_complete();
    test_cases();
    return bj_test_end("test_bj_nnf_reason");
}
