#include "dataplane/base/bj_status.h"

/* No default: the compiler points at a missing case; an unknown value still gets a string. */
const char *bj_status_name(bj_status_t status) {
    switch (status) {
#define X(name, value, text)                                                                       \
    case name: return #name;
        BJ_STATUS_LIST(X)
#undef X
    }
    return "BJ_STATUS_?";
}

const char *bj_status_text(bj_status_t status) {
    switch (status) {
#define X(name, value, text)                                                                       \
    case name: return text;
        BJ_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}
