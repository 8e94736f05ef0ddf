/* bijli-control - the API, the web app's files and the order updates, behind nginx.
 *
 *   bijli-control --config FILE                            serves until SIGTERM
 *   bijli-control --config FILE --add-user EMAIL NAME ROLE [PHONE]
 *                                                           password on stdin; prints the account
 *   bijli-control --routes                                  the API: METHOD PATH POLICY a line */
#include <signal.h>
#include <stdio.h>
#include "controlplane/control/bj_add_user.h"
#include "controlplane/control/bj_world.h"
#include "controlplane/server/bj_routes.h"
#include "dataplane/base/bj_log.h"

static int serve(const bj_config_t *config) {
    static bj_control_t control;
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
    if ((argc != 3 && !add) || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr,
                "usage: bijli-control --config FILE [--add-user EMAIL NAME ROLE [PHONE]]\n");
        return 2;
    }
    bj_log_init("control", BJ_LOG_INFO);
    bj_config_t *config = bj_config_load(argv[2]);
    int code = add ? bj_add_user(config, argv[4], argv[5], argv[6], argv[7]) : serve(config);
    bj_config_free(config);
    return code;
}
