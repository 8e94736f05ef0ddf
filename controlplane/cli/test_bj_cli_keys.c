/* Goal: the words of `bijlictl keys` as they are meant, and each wrong one said. */
#include "controlplane/cli/bj_cli_keys.h"

#include "controlplane/cli/cli_test.h"
#include "dataplane/base/bj_test.h"

static const struct {
    const char *line;
    const char *wrong; /* a part of what is said; NULL: good */
} cases[] = {
    {"keys", "list, rotate"},
    {"keys dance", "list, rotate"},
    {"keys list", NULL},
    {"--config x --json keys list", NULL},
    {"keys list contact", "a word too many"},
    {"keys list --reason x", "no option of this"},
    {"keys list --dance", "unknown option"},
    {"keys rotate --reason x", "which category"},
    {"keys rotate ../kyc --reason x", "CATEGORY is"},
    {"keys rotate contact", "--reason is missing"},
    {"keys rotate contact --reason", "--reason is missing"},
    {"keys rotate contact --reason yearly", NULL},
    {"keys reseal", "--reason is missing"},
    {"keys reseal contact --reason x", "a word too many"},
    {"keys reseal --reason x", NULL},
    {"keys rewrap --reason x", NULL},
    {"privacy", "privacy run"},
    {"privacy list --reason x", "privacy run"},
    {"privacy run", "--reason is missing"},
    {"privacy run all --reason x", "a word too many"},
    {"privacy run --reason x", NULL},
};

int main(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char line[128], *argv[12];
        bj_cli_keys_args_t args;
        unsigned fails = bj_fail_cnt;
        snprintf(line, sizeof line, "%s", cases[i].line);
        int argc = cli_words(line, argv, 12);
        BJ_CHECK(bj_cli_is_keys(argc, argv));
        const char *wrong = bj_cli_keys_read(argc, argv, &args);
        BJ_CHECK(cases[i].wrong ? wrong && strstr(wrong, cases[i].wrong) : !wrong);
        if (bj_fail_cnt != fails) fprintf(stderr, "  %s: %s\n", cases[i].line, wrong);
    }
    char *other[] = {"x", "limit", "desk", "rate", "5", "--session", "3"};
    BJ_CHECK(!bj_cli_is_keys(7, other));
    return bj_test_end("test_bj_cli_keys");
}
