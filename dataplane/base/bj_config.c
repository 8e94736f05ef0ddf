#include "dataplane/base/bj_config.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A config is a jansson value under another name: items are borrowed children of their parent. */
static json_t *as_json(const bj_config_t *config) { return (json_t *)(uintptr_t)config; }

void bj_config_die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(2);
}

bj_config_t *bj_config_load(const char *file) {
    json_error_t err;
    json_t *root = json_load_file(file, JSON_REJECT_DUPLICATES, &err);
    if (!root) bj_config_die("configuration %s: line %d: %s", file, err.line, err.text);
    if (!json_is_object(root)) bj_config_die("configuration %s: must be a JSON object", file);
    return (bj_config_t *)root;
}

void bj_config_free(bj_config_t *config) { json_decref(as_json(config)); }

static json_t *find(const bj_config_t *config, const char *path) {
    json_t *at = as_json(config);
    while (at && *path) {
        char key[64];
        size_t n = strcspn(path, ".");
        if (n >= sizeof key) return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        at = json_object_get(at, key);
        path += n + (path[n] == '.');
    }
    return at;
}

const char *bj_config_str_or(const bj_config_t *config, const char *path, const char *or_else) {
    json_t *value = find(config, path);
    if (!value || json_is_null(value)) return or_else;
    if (!json_is_string(value)) bj_config_die("configuration: %s must be a string", path);
    return json_string_value(value);
}

const char *bj_config_str(const bj_config_t *config, const char *path) {
    const char *value = bj_config_str_or(config, path, NULL);
    if (!value) bj_config_die("configuration: %s is missing; it must be a string", path);
    return value;
}

int64_t bj_config_int_or(const bj_config_t *config, const char *path, int64_t min, int64_t max,
                         int64_t or_else) {
    json_t *value = find(config, path);
    if (!value || json_is_null(value)) return or_else;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max) {
        bj_config_die("configuration: %s must be a whole number in [%" PRId64 ", %" PRId64 "]",
                      path, min, max);
    }
    return json_integer_value(value);
}

int64_t bj_config_int(const bj_config_t *config, const char *path, int64_t min, int64_t max) {
    if (!find(config, path)) {
        bj_config_die("configuration: %s is missing; it must be a whole number in [%" PRId64
                      ", %" PRId64 "]",
                      path, min, max);
    }
    return bj_config_int_or(config, path, min, max, min);
}

bool bj_config_bool_or(const bj_config_t *config, const char *path, bool or_else) {
    json_t *value = find(config, path);
    if (!value || json_is_null(value)) return or_else;
    if (!json_is_boolean(value)) bj_config_die("configuration: %s must be true or false", path);
    return json_is_true(value);
}

bool bj_config_only(const bj_config_t *config, const char *path, const char *const *keys,
                    size_t key_cnt) {
    const char *key;
    json_t *at = find(config, path), *value;
    if (!at) return true;
    if (!json_is_object(at)) return false;
    json_object_foreach(at, key, value) {
        bool known = false;
        for (size_t i = 0; i < key_cnt; i++) known = known || strcmp(keys[i], key) == 0;
        if (!known) return false;
    }
    return true;
}

size_t bj_config_cnt(const bj_config_t *config, const char *path) {
    json_t *value = find(config, path);
    if (!value) return 0;
    if (!json_is_array(value)) bj_config_die("configuration: %s must be a list", path);
    return json_array_size(value);
}

const bj_config_t *bj_config_item(const bj_config_t *config, const char *path, size_t idx) {
    json_t *item = json_array_get(find(config, path), idx);
    if (!json_is_object(item)) bj_config_die("configuration: %s[%zu] must be an object", path, idx);
    return (const bj_config_t *)item;
}

const char *bj_config_item_str(const bj_config_t *config, const char *path, size_t idx) {
    json_t *item = json_array_get(find(config, path), idx);
    if (!json_is_string(item)) bj_config_die("configuration: %s[%zu] must be a string", path, idx);
    return json_string_value(item);
}

int64_t bj_config_item_int(const bj_config_t *config, const char *path, size_t idx, int64_t min,
                           int64_t max) {
    json_t *item = json_array_get(find(config, path), idx);
    if (!json_is_integer(item) || json_integer_value(item) < min ||
        json_integer_value(item) > max) {
        bj_config_die("configuration: %s[%zu] must be a whole number in [%" PRId64 ", %" PRId64 "]",
                      path, idx, min, max);
    }
    return json_integer_value(item);
}

static void each_str(json_t *at, bj_config_str_fn *fn, void *ctx) {
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_string(at)) fn(ctx, json_string_value(at));
    json_object_foreach(at, key, value) each_str(value, fn, ctx);
    json_array_foreach(at, i, value) each_str(value, fn, ctx);
}

void bj_config_each_str(const bj_config_t *config, const char *path, bj_config_str_fn *fn,
                        void *ctx) {
    each_str(find(config, path), fn, ctx);
}

void bj_config_secret(const bj_config_t *config, const char *path, char *out, size_t out_bytes) {
    const char *file = bj_config_str(config, path);
    FILE *in = fopen(file, "re");
    if (!in) bj_config_die("configuration: %s: cannot read the secret file it names", path);
    bool got = fgets(out, (int)out_bytes, in) != NULL;
    fclose(in);
    size_t n = got ? strcspn(out, "\n") : 0;
    if (n == 0 || n + 1 >= out_bytes)
        bj_config_die("configuration: %s: secret is empty or too long", path);
    out[n] = '\0';
}
