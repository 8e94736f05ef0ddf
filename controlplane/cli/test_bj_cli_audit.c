/* Goal: the words of `bijlictl audit` as they are meant, each wrong one said; a list's request with
 * what it asks for, escaped. */
#include "controlplane/cli/bj_cli_audit.h"

#include "controlplane/cli/cli_test.h"
#include "dataplane/base/bj_test.h"

enum { ARGS_MAX = 14 };

static const struct {
    const char *line;
    const char *wrong; /* a part of what is said; NULL: good */
    const char *path;  /* of a list */
} cases[] = {
    {"audit", "list, show, head", NULL},
    {"audit dance", "list, show, head", NULL},
    {"audit list", NULL, "/admin/audit?limit=50"},
    {"--config x --json audit list --limit 7", NULL, "/admin/audit?limit=7"},
    {"audit list --actor user:1001 --act auth.login --from 2026-08-03 --to 2026-08-04T09:15:00Z "
     "--before 9", NULL,
     "/admin/audit?limit=50&actor=user:1001&act=auth.login&from=2026-08-03&"
     "to=2026-08-04T09:15:00Z&before=9"},
    {"audit list --act a&b=c/%", NULL, "/admin/audit?limit=50&act=a%26b%3Dc%2F%25"},
    {"audit list 7", "a word too many", NULL},
    {"audit list --heads x", "no option of this", NULL},
    {"audit list --dance", "unknown option", NULL},
    {"audit list --actor", "lacks its value", NULL},
    {"audit show", "a word is missing", NULL},
    {"audit show 7", NULL, NULL},
    {"audit show 7 8", "a word too many", NULL},
    {"audit head --from 7 --json", NULL, NULL},
    {"audit verify", NULL, NULL},
    {"audit verify --entries a --heads b --key c --tree d --json", NULL, NULL},
    {"audit verify --actor operator", "no option of this", NULL},
    {"audit export", "a word is missing", NULL},
    {"audit export -", NULL, NULL},
    {"audit export x", NULL, NULL},
};

static void test_words(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char line[256], path[512], *argv[ARGS_MAX];
        bj_cli_audit_args_t args;
        unsigned fails = bj_fail_cnt;
        snprintf(line, sizeof line, "%s", cases[i].line);
        int argc = cli_words(line, argv, ARGS_MAX);
        BJ_CHECK(bj_cli_is_audit(argc, argv));
        const char *wrong = bj_cli_audit_read(argc, argv, &args);
        BJ_CHECK(cases[i].wrong ? wrong && strstr(wrong, cases[i].wrong) : !wrong);
        if (cases[i].path) {
            bj_cli_audit_path(&args, path, sizeof path);
            BJ_CHECK(strcmp(path, cases[i].path) == 0);
        }
        if (bj_fail_cnt != fails) fprintf(stderr, "  %s: %s\n", cases[i].line, wrong);
    }
}

static void test_is_audit(void) {
    char *audit[] = {"x", "--config", "audit", "status"}, *none[] = {"x", "--config"};
    BJ_CHECK(!bj_cli_is_audit(4, audit)); /* a file of that name */
    BJ_CHECK(!bj_cli_is_audit(2, none) && !bj_cli_is_audit(1, none));
}

int main(void) {
    test_words();
    test_is_audit();
    return bj_test_end("test_bj_cli_audit");
}
