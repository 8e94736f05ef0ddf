#ifndef BJ_CONFIG_H
#define BJ_CONFIG_H

/* bj_config - the one configuration file (JSON, made at set-up), read once at start by each
 * process.
 *
 * Paths are dotted: "gateway.port".  A missing key without a default, or a value of the wrong kind,
 * is a start-up error: the text names the file, the key and what it may be, and the process exits
 * 2. Strings returned live as long as the config.  Not for tiles: read at start, keep the value. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

typedef struct bj_config bj_config_t;

/* bj_config_load exits with a sentence on stderr if file cannot be read or parsed. */
bj_config_t *bj_config_load(const char *file);
void bj_config_free(bj_config_t *config);

/* Exits like the others with this sentence, for what a reader checks itself. */
__attribute__((noreturn, format(printf, 1, 2))) void bj_config_die(const char *format, ...);

const char *bj_config_str(const bj_config_t *config, const char *path); /* required */
const char *bj_config_str_or(const bj_config_t *config, const char *path, const char *or_else);
int64_t bj_config_int(const bj_config_t *config, const char *path, int64_t min, int64_t max);
int64_t bj_config_int_or(const bj_config_t *config, const char *path, int64_t min, int64_t max,
                         int64_t or_else);
bool bj_config_bool_or(const bj_config_t *config, const char *path, bool or_else);

/* True: nothing is at path, or an object with no other keys than these. */
BJ_MUST_USE bool bj_config_only(const bj_config_t *config, const char *path,
                                const char *const *keys, size_t key_cnt);

/* Lists of objects: how many elements at path (0 if absent), and element i as a config of its own
 * (borrowed: lives as long as its parent; do not free). */
size_t bj_config_cnt(const bj_config_t *config, const char *path);
const bj_config_t *bj_config_item(const bj_config_t *config, const char *path, size_t idx);
/* The same of a list of strings. */
const char *bj_config_item_str(const bj_config_t *config, const char *path, size_t idx);
/* ... and of whole numbers. */
int64_t bj_config_item_int(const bj_config_t *config, const char *path, size_t idx, int64_t min,
                           int64_t max);

/* Each string at path or below it, in the file's order; none if it is absent. */
typedef void bj_config_str_fn(void *ctx, const char *value);
void bj_config_each_str(const bj_config_t *config, const char *path, bj_config_str_fn *fn,
                        void *ctx);

/* bj_config_secret reads the file named at path (first line, without its newline) into out.  Exits
 * like the others if the file is absent, empty, or does not fit. */
void bj_config_secret(const bj_config_t *config, const char *path, char *out, size_t out_bytes);

#endif /* BJ_CONFIG_H */
