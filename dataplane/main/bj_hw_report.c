/* What is said of the book backend, from the figures that its loop publishes. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include "dataplane/base/bj_health.h"
#include "dataplane/main/bj_hw_tile.h"

static const int64_t shown_ns = 600 * BJ_NS_PER_S; /* a difference is a matter for a person */

static const char *const wrong_words[] = {[BJ_HW_RIGHT] = "ready",
                                          [BJ_HW_NO_CARD] = "no card answers",
                                          [BJ_HW_NOT_OURS] = "a card that is not ours",
                                          [BJ_HW_TOO_SMALL] =
                                              "a card of another shape, or too small",
                                          [BJ_HW_STARTING] = "the card starts"};

static const char *wrong_word(uint64_t wrong) {
    return wrong_words[wrong < BJ_COUNT(wrong_words) ? wrong : BJ_HW_NO_CARD];
}

static bool has_differed(const bj_hw_figures_t *figures) {
    return figures->differs_ns && bj_clock_mono_ns() - (int64_t)figures->differs_ns < shown_ns;
}

bool bj_hw_tile_say(const bj_hw_tile_t *tile, char *text, size_t text_bytes) {
    bj_hw_figures_t figures;
    bj_metrics_read(&tile->metrics, &figures, sizeof figures);
    bool differed = has_differed(&figures);
    if (!tile->on) {
        snprintf(text, text_bytes, "software: the dataplane's own");
        return false;
    }
    if (figures.wrong)
        snprintf(text, text_bytes, "hardware: %s; the C book serves all",
                 wrong_word(figures.wrong));
    else if (figures.lost)
        snprintf(text, text_bytes,
                 "hardware: the C book beside the card lost messages, all is void until the "
                 "stream begins again");
    else if (differed)
        snprintf(text, text_bytes,
                 "hardware: the card's answers differed from the C book's, %" PRIu64 " of %" PRIu64
                 "; those are void",
                 figures.different, figures.compared);
    else
        snprintf(text, text_bytes, "hardware: %" PRIu64 " of %u exact, %" PRIu64 " answers equal",
                 figures.exact, tile->place_cnt, figures.equal);
    return differed || figures.wrong || figures.lost;
}

static void put(json_t *object, const char *name, uint64_t value) {
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

static json_t *totals_of(const bj_hw_figures_t *figures) {
    json_t *object = json_object();
#define X(field) put(object, #field, figures->field);
    BJ_HW_FIGURE_LIST(X)
#undef X
    return object;
}

static json_t *counters_of(const bj_hw_figures_t *figures) {
    json_t *object = json_object();
#define X(name) put(object, #name, figures->counters[BJ_HW_COUNTER_##name]);
    BJ_HW_COUNTER_LIST(X)
#undef X
    return object;
}

/* Reasons that there were. */
static json_t *voids_of(const uint64_t *voids) {
    json_t *object = json_object();
    for (int r = 0; r < BJ_HW_REASON_CNT; r++) {
        if (voids[r]) put(object, bj_hw_reason_word((bj_hw_reason_t)r), voids[r]);
    }
    return object;
}

static json_t *token_of(const bj_hw_tile_t *tile, uint32_t idx, uint64_t *reasons) {
    bj_hw_token_figures_t figures;
    bj_metrics_read(&tile->token_metrics[idx], &figures, sizeof figures);
    json_t *object = json_object();
    json_object_set_new(object, "symbol", json_string(tile->place[idx].symbol));
    put(object, "token", tile->place[idx].token);
#define X(field) put(object, #field, figures.field);
    BJ_HW_TOKEN_FIGURE_LIST(X)
#undef X
    uint64_t reason = figures.reason < BJ_HW_REASON_CNT ? figures.reason : 0;
    json_object_set_new(
        object, "reason",
        json_string(figures.exact ? "" : bj_hw_reason_word((bj_hw_reason_t)reason)));
    json_object_set_new(object, "voids", voids_of(figures.voids));
    for (int r = 0; r < BJ_HW_REASON_CNT; r++)
        reasons[r] += figures.voids[r];
    return object;
}

static json_t *tap_of(const bj_hw_tile_t *tile) {
    json_t *object = json_object();
#define X(field) put(object, #field, atomic_load_explicit(&tile->field, memory_order_relaxed));
    BJ_HW_TAP_LIST(X)
#undef X
    return object;
}

static bool write_health(const bj_hw_tile_t *tile, const char *run_dir) {
    bj_health_t health = {.state = BJ_HEALTH_UP};
    if (bj_hw_tile_say(tile, health.text, sizeof health.text)) health.state = BJ_HEALTH_DEGRADED;
    return bj_health_write(run_dir, "book", &health);
}

bool bj_hw_tile_write(const bj_hw_tile_t *tile, const char *run_dir) {
    char path[512], fresh[520];
    bj_hw_figures_t figures;
    uint64_t reasons[BJ_HW_REASON_CNT] = {0};
    if (!write_health(tile, run_dir)) return false;
    if (!tile->on) return true;
    bj_metrics_read(&tile->metrics, &figures, sizeof figures);
    json_t *tokens = json_array();
    for (uint32_t i = 0; i < tile->place_cnt; i++)
        json_array_append_new(tokens, token_of(tile, i, reasons));
    json_t *root =
        json_pack("{s:I, s:s, s:s, s:b, s:i, s:o, s:o, s:o, s:o, s:o}", "time_ns",
                  (json_int_t)bj_clock_wall_ns(), "state", wrong_word(figures.wrong), "segment",
                  bj_segment_name(tile->segment), "differed", has_differed(&figures), "stream",
                  tile->stream_id, "totals", totals_of(&figures), "feed", tap_of(tile), "counters",
                  counters_of(&figures), "voids", voids_of(reasons), "tokens", tokens);
    snprintf(path, sizeof path, "%s/hardware.json", run_dir);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    bool ok = root && json_dump_file(root, fresh, JSON_COMPACT) == 0 && rename(fresh, path) == 0;
    json_decref(root);
    return ok;
}
