#include "dataplane/nnf/bj_nnf_reason.h"

typedef struct reason {
    bj_status_t status;
    int32_t error[BJ_NNF_SEGMENT_CNT];
    int32_t reason_code;
} reason_t;

static const reason_t reasons[] = {
#define X(status, cm, fo, reason_code) {(status), {(cm), (fo)}, (reason_code)},
    BJ_NNF_REASON_LIST(X)
#undef X
};

static const reason_t *reason_of(bj_status_t status) {
    for (size_t i = 0; i < BJ_COUNT(reasons); i++) {
        if (reasons[i].status == status) return &reasons[i];
    }
    return NULL;
}

int32_t bj_nnf_error(bj_nnf_segment_t segment, bj_status_t status) {
    const reason_t *reason = reason_of(status);
    return reason ? reason->error[segment] : BJ_NNF_E_SYSTEM;
}

int32_t bj_nnf_reason_code(bj_status_t status) {
    const reason_t *reason = reason_of(status);
    return reason ? reason->reason_code : 0;
}

bj_status_t bj_nnf_status(bj_nnf_segment_t segment, int32_t error) {
    for (size_t i = 0; i < BJ_COUNT(reasons); i++) {
        if (reasons[i].error[segment] == error) return reasons[i].status;
    }
    return BJ_ERR_DENIED;
}

const char *bj_nnf_error_text(bj_nnf_segment_t segment, int32_t error) {
    switch (error) {
#define X(name, value, text) \
    case name:               \
        return text;
        BJ_NNF_ERROR_LIST(X)
#undef X
    default: return bj_status_text(bj_nnf_status(segment, error));
    }
}
