/* Goal: the words of `bijlictl session` and `app` as they are meant, and each wrong one said. */
#include "controlplane/cli/bj_cli_session.h"

#include "controlplane/cli/cli_test.h"
#include "dataplane/base/bj_test.h"

static const struct {
    const char *line;
    const char *wrong; /* a part of what is said; NULL: good */
} cases[] = {
    {"session", "list, revoke or end-all"},
    {"session dance", "list, revoke or end-all"},
    {"session list", NULL},
    {"--config x --json session list 1001", NULL},
    {"session list somebody", "USER_ID is a number"},
    {"session list 7 8", "a word too many"},
    {"session list --reason x", "no option of this"},
    {"session list --dance", "unknown option"},
    {"session revoke", "which session"},
    {"session revoke 0123 --reason x", "16 hex digits"},
    {"session revoke 0123456789ABCDEF --reason x", "16 hex digits"},
    {"session revoke 0123456789abcdef", "--reason is missing"},
    {"session revoke 0123456789abcdef --reason", "--reason is missing"},
    {"session revoke 0123456789abcdef --reason lost", NULL},
    {"session end-all", "--reason is missing"},
    {"session end-all --reason leak", NULL},
    {"session end-all client --reason leak", NULL},
    {"session end-all client dealer --reason leak", "a word too many"},
    {"app end-all --reason leak", "app list, revoke or demand"},
    {"app", "app list, revoke or demand"},
    {"app list", NULL},
    {"app list 1001", NULL},
    {"app list somebody", "USER_ID is a number"},
    {"app revoke", "which app"},
    {"app revoke 0123456789abcdef --reason x", "letters and digits"},
    {"app revoke abcdefghijklmno2 --reason x", NULL},
    {"app revoke abcdefghijklmno2", "--reason is missing"},
    {"app demand abcdefghijklmno2", "--reason is missing"},
    {"app demand abcdefghijklmno2 --reason x", NULL},
    {"session demand 0123456789abcdef --reason x", "list, revoke or end-all"},
};

int main(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char line[128], *argv[12];
        bj_cli_session_args_t args;
        unsigned fails = bj_fail_cnt;
        snprintf(line, sizeof line, "%s", cases[i].line);
        int argc = cli_words(line, argv, 12);
        BJ_CHECK(bj_cli_is_session(argc, argv));
        const char *wrong = bj_cli_session_read(argc, argv, &args);
        BJ_CHECK(cases[i].wrong ? wrong && strstr(wrong, cases[i].wrong) : !wrong);
        if (bj_fail_cnt != fails) fprintf(stderr, "  %s: %s\n", cases[i].line, wrong);
    }
    char *other[] = {"x", "limit", "desk", "rate", "5", "--session", "3"};
    BJ_CHECK(!bj_cli_is_session(7, other));
    return bj_test_end("test_bj_cli_session");
}
