#include "controlplane/cli/bj_cli_waits.h"

#include "controlplane/cli/bj_cli_print.h"

enum { PART_BYTES = 64 };

static const char *text(const json_t *json, const char *name) {
    const char *word = json_string_value(json_object_get(json, name));
    return word && *word ? word : "-";
}

static int64_t number(const json_t *json, const char *name) {
    return json_integer_value(json_object_get(json, name));
}

/* -1: none. */
static const char *value(const json_t *json, char out[PART_BYTES]) {
    int64_t is = number(json, "value");
    if (is < 0) snprintf(out, PART_BYTES, "no limit");
    else bj_cli_number(is, out, PART_BYTES);
    return out;
}

static void limit_words(const json_t *act, const json_t *was, char *out) {
    char whose[PART_BYTES] = "", symbol[PART_BYTES] = "", then[PART_BYTES], now[PART_BYTES];
    const char *account = text(act, "account_id");
    if (*account != '-') snprintf(whose, sizeof whose, " %s", account);
    if (number(act, "session_id"))
        snprintf(whose, sizeof whose, " %d", (int)number(act, "session_id"));
    if (json_object_get(act, "symbol"))
        snprintf(symbol, sizeof symbol, " in %s", text(act, "symbol"));
    snprintf(out, BJ_CLI_ACT_BYTES, "%s of %s%s%s: %s, now %s", text(act, "limit"),
             text(act, "level"), whose, symbol, value(act, then), value(was, now));
}

static void band_words(const json_t *act, const json_t *was, char *out) {
    const json_t *of[] = {act, act, was, was};
    static const char *const names[] = {"lo_paise", "hi_paise", "lo_paise", "hi_paise"};
    char price[4][PART_BYTES];
    for (size_t i = 0; i < BJ_COUNT(price); i++)
        bj_cli_rupees(number(of[i], names[i]), price[i], sizeof price[i]);
    snprintf(out, BJ_CLI_ACT_BYTES, "%s trades from %s to %s, now from %s to %s",
             text(act, "symbol"), price[0], price[1], price[2], price[3]);
}

/* What comes with a phase besides. */
static void phase_words(const json_t *act, const json_t *was, char *out) {
    char kind[PART_BYTES] = "", price[PART_BYTES], reference[2 * PART_BYTES] = "";
    char band[PART_BYTES] = "", now[PART_BYTES];
    int64_t paise = number(act, "reference_paise"), bp = number(act, "band_bp");
    bool first = json_is_true(json_object_get(act, "market_first"));
    if (json_object_get(act, "auction")) snprintf(kind, sizeof kind, ", %s", text(act, "auction"));
    bj_cli_rupees(paise, price, sizeof price);
    if (paise) snprintf(reference, sizeof reference, ", reference %s", price);
    if (bp) snprintf(band, sizeof band, ", band %d bp", (int)bp);
    if (number(was, "halted") || number(was, "closed")) /* of all shares */
        snprintf(now, sizeof now, "%d halted, %d closed", (int)number(was, "halted"),
                 (int)number(was, "closed"));
    else snprintf(now, sizeof now, "%s", bj_cli_phase_words(text(was, "state")));
    snprintf(out, BJ_CLI_ACT_BYTES, "%s is %s%s%s%s%s, now %s", text(act, "symbol"),
             bj_cli_phase_words(text(act, "state")), kind, reference, band,
             first ? ", market orders first" : "", now);
}

const char *bj_cli_act_words(const json_t *elevation, char out[BJ_CLI_ACT_BYTES]) {
    const json_t *act = json_object_get(elevation, "act");
    const json_t *was = json_object_get(elevation, "in_force");
    out[0] = '\0';
    if (!act) return out;
    if (json_object_get(act, "limit")) limit_words(act, was, out);
    else if (json_object_get(act, "lo_paise")) band_words(act, was, out);
    else phase_words(act, was, out);
    return out;
}

void bj_cli_print_waits(FILE *out, const json_t *elevation) {
    char words[BJ_CLI_ACT_BYTES];
    fprintf(out, "waits for a second person: %s\n", bj_cli_act_words(elevation, words));
    fprintf(out, "somebody else, an admin or of compliance, says yes within a day, in Approvals or "
                 "by:\n  bijlictl approve yes %s\n", text(elevation, "id"));
}
