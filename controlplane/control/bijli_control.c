/* bijli-control - the API, the web app's files and the order updates, behind nginx.
 *
 *   bijli-control --config FILE                            serves until SIGTERM
 *   bijli-control --config FILE --add-user EMAIL NAME ROLE [PHONE]
 *                                                           an empty line on stdin
 *   bijli-control --config FILE --add-funds EMAIL NUMBER IFSC PAISE
 *                                                           for the development world
 *   bijli-control --routes                                  the API: METHOD PATH POLICY a line */
#include <signal.h>
#include <stdio.h>
#include "controlplane/control/bj_add_funds.h"
#include "controlplane/control/bj_add_user.h"
#include "controlplane/control/bj_world.h"
#include "controlplane/server/bj_routes.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"

/* What may be replaced while it runs is asked for by its folder. */
static const bj_sandbox_rule_t touches[] = {
    {"run_dir", BJ_MAY_READ}, {"universe_csv", BJ_MAY_READ},
    {"web.root", BJ_MAY_READ | BJ_MAY_FOLDER}, {"trail.dir", BJ_MAY_WRITE}, {"trail", BJ_MAY_READ},
    {"control", BJ_MAY_READ}, {"control.socket", BJ_MAY_WRITE | BJ_MAY_FOLDER},
    {"identity", BJ_MAY_READ}, {"identity.dictionary", BJ_MAY_READ | BJ_MAY_FOLDER},
    {"/var/cache/cracklib", BJ_MAY_READ}, {"apps", BJ_MAY_READ}, {"sms", BJ_MAY_READ},
    {"keys.vault.ca_file", BJ_MAY_READ}, {"keys.vault.token_file", BJ_MAY_READ | BJ_MAY_FOLDER},
    {"edge.ticket_key_file", BJ_MAY_READ}, {"postgres.control", BJ_MAY_READ},
    {"nats.control", BJ_MAY_READ}, {"nats.ca_file", BJ_MAY_READ}, {"/etc/fonts", BJ_MAY_READ},
    {"/usr/share/fonts", BJ_MAY_READ}, {"/var/cache/fontconfig", BJ_MAY_READ},
    {"gateway.ca_file", BJ_MAY_READ | BJ_MAY_FOLDER}};

/* With key and certificate of its session at the gateway, which stands in a list with others'; the
 * certificate is read again at each connection. */
static bool enter_sandbox(const bj_config_t *config) {
    enum { TOUCHES = BJ_COUNT(touches) };
    static const char *const own[] = {"key_file", "cert_file", "cert_key_file"};
    bj_sandbox_rule_t rules[TOUCHES + BJ_COUNT(own)];
    size_t rule_cnt = TOUCHES;
    memcpy(rules, touches, sizeof touches);
    for (size_t i = 0; i < bj_config_cnt(config, "gateway.sessions"); i++) {
        const bj_config_t *session = bj_config_item(config, "gateway.sessions", i);
        if (strcmp(bj_config_str(session, "name"), "control") != 0) continue;
        for (size_t k = 0; k < BJ_COUNT(own); k++) {
            const char *file = bj_config_str_or(session, own[k], "");
            unsigned may = k ? BJ_MAY_READ | BJ_MAY_FOLDER : BJ_MAY_READ;
            if (*file) rules[rule_cnt++] = (bj_sandbox_rule_t){file, may};
        }
        break;
    }
    return bj_sandbox_enter(config, "control", rules, rule_cnt);
}

static int serve(const bj_config_t *config) {
    static bj_control_t control;
    if (!enter_sandbox(config)) return 1;
    /* A peer that has gone is an error of write, not the end of the process. */
    signal(SIGPIPE, SIG_IGN);
    int code = bj_control_open(&control, config) ? bj_server_run(control.server) : 1;
    bj_control_close(&control);
    return code;
}

static int print_routes(void) {
    for (bj_route_list_t *list = bj_routes; *list; list++) {
        for (const bj_route_t *route = *list; route->method; route++) {
            printf("%s %s %s\n", route->method, route->path, bj_policy_rule(route->policy)->name);
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--routes") == 0) return print_routes();
    bool add = (argc == 7 || argc == 8) && strcmp(argv[3], "--add-user") == 0;
    bool funds = argc == 8 && strcmp(argv[3], "--add-funds") == 0;
    if ((argc != 3 && !add && !funds) || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr,
                "usage: bijli-control --config FILE [--add-user EMAIL NAME ROLE [PHONE]]\n"
                "       bijli-control --config FILE --add-funds EMAIL NUMBER IFSC PAISE\n");
        return 2;
    }
    bj_log_init("control", BJ_LOG_INFO);
    bj_config_t *config = bj_config_load(argv[2]);
    int code = add     ? bj_add_user(config, argv[4], argv[5], argv[6], argv[7])
               : funds ? bj_add_funds(config, argv[4], argv[5], argv[6], argv[7])
                       : serve(config);
    bj_config_free(config);
    return code;
}
