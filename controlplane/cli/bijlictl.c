/* bijlictl - the operator's hand: asks bijli-control over loopback; status also works without it.
 * Exit code: 0 ok, 1 refused, 2 wrong words, 3 nobody answers, 4 it waits for a second person. */
#include <stdio.h>
#include "controlplane/cli/bj_cli_args.h"
#include "controlplane/cli/bj_cli_audit.h"
#include "controlplane/cli/bj_cli_breaker.h"
#include "controlplane/cli/bj_cli_device.h"
#include "controlplane/cli/bj_cli_hardware.h"
#include "controlplane/cli/bj_cli_http.h"
#include "controlplane/cli/bj_cli_money.h"
#include "controlplane/cli/bj_cli_people.h"
#include "controlplane/cli/bj_cli_keys.h"
#include "controlplane/cli/bj_cli_print.h"
#include "controlplane/cli/bj_cli_session.h"
#include "controlplane/cli/bj_cli_waits.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_time.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNAVAILABLE = 3, EXIT_WAITS = 4 };

static int usage(const char *why) {
    fprintf(stderr, "bijlictl: %s\n", why);
    bj_cli_usage(stderr);
    bj_cli_audit_usage(stderr);
    bj_cli_session_usage(stderr);
    bj_cli_people_usage(stderr);
    bj_cli_keys_usage(stderr);
    bj_cli_device_usage(stderr);
    bj_cli_money_usage(stderr);
    bj_cli_hardware_usage(stderr);
    return EXIT_USAGE;
}

/* Control is away: what the processes say of themselves. */
static int status_from_files(const bj_config_t *config, const bj_cli_args_t *args) {
    static const char *const names[] = {"exchange", "dataplane", "book", "snapshot", "relay",
                                        "control",  "edge",      "maker", "mailsink"};
    json_t *list = json_array();
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        bj_health_t health;
        bj_health_read(bj_config_str(config, "run_dir"), names[i], bj_clock_wall_ns(), &health);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "name", names[i], "state",
                                        bj_health_state_name(health.state), "text", health.text));
    }
    json_t *answer = json_pack("{s:b, s:s, s:o, s:[s]}", "ok", 0, "venue",
                               bj_config_str_or(config, "venue", "internal"), "components", list,
                               "degraded", "bijli-control does not answer: read from health files");
    if (args->json) json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    else bj_cli_print_status(stdout, answer);
    json_decref(answer);
    return EXIT_UNAVAILABLE;
}

static int refused(json_t *answer, long http_code) {
    const char *text = "refused", *field = "";
    json_unpack(answer, "{s:{s:s, s?s}}", "error", "text", &text, "field", &field);
    fprintf(stderr, "bijlictl: %s%s%s (%ld)\n", field, *field ? ": " : "", text, http_code);
    return EXIT_REFUSED;
}

static bool is_breaker(const bj_cli_args_t *args) {
    return strcmp(args->command->name, "breaker") == 0;
}

/* What the calendar adds to a breaker's answer.  Asked before anything is sent: at a time when the
 * table knows no halt, nothing is halted. */
static int ask_calendar(const bj_config_t *config, const bj_cli_args_t *args, json_t *note) {
    char error[BJ_CALENDAR_ERROR_BYTES];
    bj_calendar_t *calendar;
    uint64_t level_pct;
    const char *file = bj_config_str_or(config, "calendar_json", "dataplane/calendar/nse.json");
    if (!bj_parse_u64(args->word[0], &level_pct)) return EXIT_USAGE; /* bj_cli_request_of said so */
    if (bj_calendar_load_file(file, 0, &calendar, error) != BJ_OK) {
        fprintf(stderr, "bijlictl: %s: %s\n", file, error);
        return EXIT_REFUSED;
    }
    bool halts = bj_cli_breaker(calendar, (uint32_t)level_pct, bj_clock_wall_ns(), note);
    bj_calendar_free(calendar);
    if (halts) return 0;
    fprintf(stderr, "bijlictl: the calendar knows no halt at %s %% now: nothing was sent\n",
            args->word[0]);
    return EXIT_REFUSED;
}

static int send(const bj_config_t *config, const bj_cli_args_t *args, const char *path,
                json_t *body, json_t *note) {
    long http_code;
    json_t *answer;
    bj_status_t status =
        bj_cli_request(config, args->command->method, path, body, &http_code, &answer);
    if (status != BJ_OK) {
        if (strcmp(args->command->name, "status") == 0) return status_from_files(config, args);
        fprintf(stderr, "bijlictl: bijli-control: %s\n", bj_status_text(status));
        return EXIT_UNAVAILABLE;
    }
    const json_t *waits = json_object_get(answer, "waits");
    int code = waits ? EXIT_WAITS : 0;
    if (http_code < 300 && !waits) json_object_update(answer, note);
    if (args->json) json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    if (http_code >= 300) code = refused(answer, http_code);
    else if (waits && !args->json) bj_cli_print_waits(stdout, waits);
    else if (!args->json) args->command->print(stdout, answer);
    json_decref(answer);
    return code;
}

static int run(const bj_config_t *config, const bj_cli_args_t *args) {
    char path[256];
    json_t *body, *note = json_object();
    const char *wrong = bj_cli_request_of(args, config, path, sizeof path, &body);
    int code = wrong ? usage(wrong) : is_breaker(args) ? ask_calendar(config, args, note) : 0;
    if (code == 0) code = send(config, args, path, body, note);
    json_decref(body);
    json_decref(note);
    return code;
}

int main(int argc, char **argv) {
    bj_cli_args_t args;
    for (int i = 1; i < argc; i++) { /* wherever it stands: who asks for help sends nothing */
        if (strcmp(argv[i], "--help") != 0) continue;
        bj_cli_usage(stdout);
        bj_cli_audit_usage(stdout);
        bj_cli_session_usage(stdout);
        bj_cli_people_usage(stdout);
        bj_cli_keys_usage(stdout);
        bj_cli_device_usage(stdout);
        bj_cli_money_usage(stdout);
        bj_cli_hardware_usage(stdout);
        return 0;
    }
    if (bj_cli_is_audit(argc, argv)) return bj_cli_audit(argc, argv);
    if (bj_cli_is_session(argc, argv)) return bj_cli_session(argc, argv);
    if (bj_cli_is_people(argc, argv)) return bj_cli_people(argc, argv);
    if (bj_cli_is_money(argc, argv)) return bj_cli_money(argc, argv);
    if (bj_cli_is_keys(argc, argv)) return bj_cli_keys(argc, argv);
    if (bj_cli_is_device(argc, argv)) return bj_cli_device(argc, argv);
    if (bj_cli_is_hardware(argc, argv)) return bj_cli_hardware(argc, argv);
    const char *wrong = bj_cli_read(argc, argv, &args);
    if (wrong) return usage(wrong);
    bj_config_t *config = bj_config_load(args.config_file);
    int code = run(config, &args);
    bj_config_free(config);
    return code;
}
