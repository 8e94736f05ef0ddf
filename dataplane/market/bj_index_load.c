#include "dataplane/market/bj_index_load.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct load {
    const char *file;
    char        where[96]; /* "indices[0].constituents[2]" */
    char       *error;
    size_t      error_bytes;
    const bj_market_instrument_t *instruments;
    uint32_t    instrument_cnt;
} load_t;

__attribute__((format(printf, 2, 3))) static bool fail(const load_t *load, const char *format,
                                                       ...) {
    va_list args;
    int n = snprintf(load->error, load->error_bytes, "%s: %s%s", load->file, load->where,
                     load->where[0] ? "." : "");
    va_start(args, format);
    if (n >= 0 && (size_t)n < load->error_bytes)
        vsnprintf(load->error + n, load->error_bytes - (size_t)n, format, args);
    va_end(args);
    return false;
}

static bool keys_ok(const load_t *load, const json_t *object, const char *const *known) {
    const char *key;
    json_t *value;
    if (!json_is_object(object)) return fail(load, "must be an object");
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0) i++;
        if (!known[i]) return fail(load, "%s is not known here", key);
    }
    return true;
}

/* A key that is absent is or_else, unless that is below min: then it must be there. */
static bool get_int(const load_t *load, const json_t *object, const char *key, int64_t min,
                    int64_t max, int64_t or_else, int64_t *out) {
    const json_t *value = json_object_get(object, key);
    *out = value ? json_integer_value(value) : or_else;
    if (!value && or_else >= min) return true;
    if (json_is_integer(value) && *out >= min && *out <= max) return true;
    return fail(load, "%s must be in [%lld, %lld]", key, (long long)min, (long long)max);
}

static bool get_text(const load_t *load, const json_t *object, const char *key, char *out,
                     size_t out_bytes) {
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || !text[0] || strlen(text) >= out_bytes)
        return fail(load, "%s must be a text of 1 to %zu bytes", key, out_bytes - 1);
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool find_share(const load_t *load, const char *symbol, int64_t token,
                       bj_index_part_t *part) {
    for (uint32_t i = 0; i < load->instrument_cnt; i++) {
        const bj_market_instrument_t *share = &load->instruments[i];
        bool is_share = share->segment <= BJ_SEGMENT_CM && !share->spread;
        if (!is_share || share->token != token) continue;
        if (strcmp(share->symbol, symbol) != 0)
            return fail(load, "symbol is %s, but token %lld is %s", symbol, (long long)token,
                        share->symbol);
        if (share->prev_close_paise < 1)
            return fail(load, "symbol %s has no previous close today", symbol);
        part->instrument_idx = i;
        part->prev_close_paise = share->prev_close_paise;
        return true;
    }
    return fail(load, "token %lld (%s) is no share of today", (long long)token, symbol);
}

static bool part_load(load_t *load, const json_t *json, bj_index_part_t *part) {
    static const char *const known[] = {"symbol", "token", "shares", "float_bp", "cap_bp", NULL};
    char symbol[BJ_MARKET_SYMBOL_BYTES];
    int64_t token, float_bp, cap_bp;
    if (!keys_ok(load, json, known) ||
        !get_text(load, json, "symbol", symbol, sizeof symbol) ||
        !get_int(load, json, "token", 1, UINT32_MAX, 0, &token) ||
        !get_int(load, json, "shares", 1, BJ_INDEX_SHARES_MAX, 0, &part->shares) ||
        !get_int(load, json, "float_bp", 1, BJ_INDEX_BP_ONE, 0, &float_bp) ||
        !get_int(load, json, "cap_bp", 1, BJ_INDEX_BP_ONE, BJ_INDEX_BP_ONE, &cap_bp))
        return false;
    part->float_bp = (int32_t)float_bp;
    part->cap_bp = (int32_t)cap_bp;
    return find_share(load, symbol, token, part);
}

static bool parts_load(load_t *load, const json_t *json, size_t at, bj_index_def_t *def) {
    size_t cnt = json_array_size(json);
    if (!cnt || cnt > BJ_INDEX_PARTS_MAX)
        return fail(load, "constituents must be a list of 1 to %d", BJ_INDEX_PARTS_MAX);
    bj_index_part_t *parts = calloc(cnt, sizeof *parts);
    if (!parts) return fail(load, "no memory");
    def->parts = parts;
    def->part_cnt = (uint32_t)cnt;
    for (size_t i = 0; i < cnt; i++) {
        snprintf(load->where, sizeof load->where, "indices[%zu].constituents[%zu]", at, i);
        if (!part_load(load, json_array_get(json, i), &parts[i])) return false;
    }
    return true;
}

static bool outside_load(load_t *load, const json_t *json, size_t at, bj_index_def_t *def) {
    static const char *const known[] = {"segment", "name", NULL};
    enum { WIRE_NAME_BYTES = 22 }; /* bj_bcast_index.name */
    char segment[BJ_INDEX_NAME_BYTES];
    snprintf(load->where, sizeof load->where, "indices[%zu].broadcast", at);
    if (!keys_ok(load, json, known) || !get_text(load, json, "name", def->outside_name,
                                                 WIRE_NAME_BYTES) ||
        !get_text(load, json, "segment", segment, sizeof segment))
        return false;
    def->outside_segment = bj_segment_named(segment);
    if (def->outside_segment != BJ_SEGMENT_CM && def->outside_segment != BJ_SEGMENT_FO)
        return fail(load, "segment must be CM or FO, not %s", segment);
    return true;
}

static bool def_load(load_t *load, const json_t *json, size_t at, bj_index_def_t *def) {
    static const char *const known[] = {"name", "base_value_x100", "base_cap_paise",
                                        "divisor_paise", "constituents", "broadcast", NULL};
    const json_t *broadcast = json_object_get(json, "broadcast");
    bool parts = !broadcast || json_object_get(json, "constituents");
    snprintf(load->where, sizeof load->where, "indices[%zu]", at);
    if (!keys_ok(load, json, known) ||
        !get_text(load, json, "name", def->name, sizeof def->name) ||
        !get_int(load, json, "base_value_x100", 0, BJ_INDEX_BASE_MAX, 0, &def->base_value_x100) ||
        !get_int(load, json, "base_cap_paise", 0, INT64_MAX, 0, &def->base_cap_paise) ||
        !get_int(load, json, "divisor_paise", 0, INT64_MAX, 0, &def->divisor_paise) ||
        (parts && !parts_load(load, json_object_get(json, "constituents"), at, def)) ||
        (broadcast && !outside_load(load, broadcast, at, def)))
        return false;
    snprintf(load->where, sizeof load->where, "indices[%zu]", at);
    const char *wrong = bj_index_def_check(def, load->instrument_cnt);
    return !wrong || fail(load, "%s", wrong);
}

static bool is_day(const char *text) {
    static const char form[] = "0000-00-00";
    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '-' ? text[i] != '-' : !digit) return false;
    }
    return true;
}

static bool set_load(load_t *load, const json_t *root, bj_index_set_t *set) {
    static const char *const known[] = {"as_of", "source", "indices", NULL};
    const json_t *list = json_object_get(root, "indices");
    if (!keys_ok(load, root, known) ||
        !get_text(load, root, "as_of", set->as_of, sizeof set->as_of))
        return false;
    if (!is_day(set->as_of)) return fail(load, "as_of must be YYYY-MM-DD");
    if (!json_is_array(list) || json_array_size(list) > BJ_INDEX_MAX)
        return fail(load, "indices must be a list of at most %d", BJ_INDEX_MAX);
    set->def_cnt = (uint32_t)json_array_size(list);
    set->defs = calloc(set->def_cnt + 1, sizeof *set->defs);
    if (!set->defs) return fail(load, "no memory");
    for (uint32_t i = 0; i < set->def_cnt; i++) {
        if (!def_load(load, json_array_get(list, i), i, &set->defs[i])) return false;
        for (uint32_t j = 0; j < i; j++)
            if (!strcmp(set->defs[i].name, set->defs[j].name))
                return fail(load, "name %s is there twice", set->defs[i].name);
    }
    return true;
}

bj_status_t bj_index_load(const char *file, const bj_market_instrument_t *instruments,
                          uint32_t instrument_cnt, bj_index_set_t *set, char *error,
                          size_t error_bytes) {
    load_t load = {.file = file, .error = error, .error_bytes = error_bytes,
                   .instruments = instruments, .instrument_cnt = instrument_cnt};
    json_error_t wrong;
    *set = (bj_index_set_t){0};
    json_t *root = json_load_file(file, JSON_REJECT_DUPLICATES, &wrong);
    if (!root) {
        bool absent = json_error_code(&wrong) == json_error_cannot_open_file;
        if (absent) (void)fail(&load, "cannot be read");
        else (void)fail(&load, "line %d: %s", wrong.line, wrong.text);
        return absent ? BJ_ERR_IO : BJ_ERR_CONFIG;
    }
    bool ok = set_load(&load, root, set);
    json_decref(root);
    if (!ok) bj_index_set_free(set);
    return ok ? BJ_OK : BJ_ERR_CONFIG;
}

void bj_index_set_free(bj_index_set_t *set) {
    for (uint32_t i = 0; set->defs && i < set->def_cnt; i++)
        free((void *)(uintptr_t)set->defs[i].parts);
    free(set->defs);
    *set = (bj_index_set_t){0};
}
