/* Goal: what the words of user, role and approve ask the API, and what is wrong with them. */
#include "controlplane/cli/bj_cli_people.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"

static const struct {
    const char *words, *wrong, *method, *path, *body; /* wrong: how it begins; NULL: fine */
} cases[] = {
    {"user list", NULL, "GET", "/admin/users", NULL},
    {"user list --role dealer", NULL, "GET", "/admin/users?role=dealer", NULL},
    {"user list --role dealer --branch 2", NULL, "GET", "/admin/users?role=dealer&branch_id=2",
     NULL},
    {"user show 1001", NULL, "GET", "/admin/users/1001", NULL},
    {"user show", "a word is missing", NULL, NULL, NULL},
    {"user show x", "the third word is a number", NULL, NULL, NULL},
    {"user show 0", "the third word is a number", NULL, NULL, NULL},
    {"user role 7 dealer --reason r", NULL, "PATCH", "/admin/users/7",
     "{\"reason\":\"r\",\"role\":\"dealer\"}"},
    {"user role 7 --branch 2 --segments CM,FO --order-max 5000.50 --hours 09:00-24:00 --reason r",
     NULL, "PATCH", "/admin/users/7",
     "{\"branch_id\":2,\"from_minute\":540,\"order_max_paise\":500050,\"reason\":\"r\","
     "\"segments\":[\"CM\",\"FO\"],\"to_minute\":1440}"},
    {"user role 7 --order-max none --reason r", NULL, "PATCH", "/admin/users/7",
     "{\"order_max_paise\":0,\"reason\":\"r\"}"},
    {"user role 7 --reason r", "what shall be set", NULL, NULL, NULL},
    {"user role 7 dealer", "--reason is missing", NULL, NULL, NULL},
    {"user role 7 --hours 9-17 --reason r", "--hours is as", NULL, NULL, NULL},
    {"user role 7 --hours 09:00-24:01 --reason r", "--hours is as", NULL, NULL, NULL},
    {"user role 7 --order-max x --reason r", "--order-max is in rupees", NULL, NULL, NULL},
    {"user role 7 --branch x --reason r", "--branch is a number", NULL, NULL, NULL},
    {"user reveal 7 --reason r", NULL, "POST", "/admin/users/7/reveal", "{\"reason\":\"r\"}"},
    {"user suspend 7 --reason r", NULL, "POST", "/admin/users/7/suspend", "{\"reason\":\"r\"}"},
    {"user suspend 7", "--reason is missing", NULL, NULL, NULL},
    {"user suspend a@b.in --reason r", "the third word is a number", NULL, NULL, NULL},
    {"user resume 7 --reason r", NULL, "POST", "/admin/users/7/resume", "{\"reason\":\"r\"}"},
    {"user drop-factors 7 --reason r", NULL, "POST", "/admin/users/7/drop-factors",
     "{\"reason\":\"r\"}"},
    {"user drop-factors 7", "--reason is missing", NULL, NULL, NULL},
    {"role list", NULL, "GET", "/access", NULL},
    {"role", "which command", NULL, NULL, NULL},
    {"approve list", NULL, "GET", "/elevations", NULL},
    {"approve ask right:user_set --reason r", NULL, "POST", "/elevations",
     "{\"minutes\":30,\"reason\":\"r\",\"what\":\"right:user_set\"}"},
    {"approve ask right:user_set --minutes 5 --reason r", NULL, "POST", "/elevations",
     "{\"minutes\":5,\"reason\":\"r\",\"what\":\"right:user_set\"}"},
    {"approve ask right:factor_drop --about 7 --checks call_back,mail_word --reason r", NULL,
     "POST", "/elevations",
     "{\"about\":\"7\",\"checks\":[\"call_back\",\"mail_word\"],\"minutes\":30,\"reason\":\"r\","
     "\"what\":\"right:factor_drop\"}"},
    {"approve ask right:factor_drop --about x --reason r", "--about is a person's", NULL, NULL,
     NULL},
    {"approve ask right:user_set", "--reason is missing", NULL, NULL, NULL},
    {"approve yes 3", NULL, "POST", "/elevations/3/approve", "{}"},
    {"approve no 3 --reason r", NULL, "POST", "/elevations/3/refuse", "{\"reason\":\"r\"}"},
    {"approve no 3", "--reason is missing", NULL, NULL, NULL},
    {"approve end 3", NULL, "POST", "/elevations/3/end", "{}"},
    {"approve dance 3", "which command", NULL, NULL, NULL},
    {"approve yes 3 4", "a word too many", NULL, NULL, NULL},
    {"approve list --all", "unknown option", NULL, NULL, NULL},
};

static void test_case(size_t i) {
    char text[256], path[BJ_CLI_PEOPLE_PATH_BYTES], *argv[24] = {"bijlictl"};
    const char *method = "";
    int argc = 1;
    json_t *body;
    bj_cli_people_args_t args;
    snprintf(text, sizeof text, "%s", cases[i].words);
    for (char *p = text; p && *p;) {
        argv[argc++] = p;
        p = strchr(p, ' ');
        if (p) *p++ = '\0';
    }
    BJ_CHECK(bj_cli_is_people(argc, argv));
    const char *wrong = bj_cli_people_read(argc, argv, &args, &method, path, &body);
    if (cases[i].wrong) {
        BJ_CHECK(wrong && strncmp(wrong, cases[i].wrong, strlen(cases[i].wrong)) == 0 && !body);
        return;
    }
    BJ_CHECK(!wrong && strcmp(method, cases[i].method) == 0 && strcmp(path, cases[i].path) == 0);
    char *got = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    BJ_CHECK(cases[i].body ? got && strcmp(got, cases[i].body) == 0 : !got);
    free(got);
    json_decref(body);
}

int main(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        unsigned fails = bj_fail_cnt;
        test_case(i);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", cases[i].words);
    }
    return bj_test_end("test_bj_cli_people");
}
