#include "controlplane/edge/bj_wish.h"

#include <jansson.h>

static const struct {
    const char    *name;
    bj_wish_kind_t kind;
} kind_table[] = {
    {"subscribe", BJ_WISH_SUBSCRIBE}, {"unsubscribe", BJ_WISH_UNSUBSCRIBE}, {"mode", BJ_WISH_MODE}};

static const struct {
    const char    *name;
    bj_tick_mode_t mode;
} mode_table[] = {{"ltp", BJ_MODE_LTP}, {"quote", BJ_MODE_QUOTE}, {"full", BJ_MODE_FULL}};

static bool find_kind(const json_t *name, bj_wish_kind_t *kind) {
    for (size_t i = 0; json_is_string(name) && i < BJ_COUNT(kind_table); i++) {
        *kind = kind_table[i].kind;
        if (strcmp(json_string_value(name), kind_table[i].name) == 0) return true;
    }
    return false;
}

static bool find_mode(const json_t *name, bj_tick_mode_t *mode) {
    for (size_t i = 0; json_is_string(name) && i < BJ_COUNT(mode_table); i++) {
        *mode = mode_table[i].mode;
        if (strcmp(json_string_value(name), mode_table[i].name) == 0) return true;
    }
    return false;
}

static bj_status_t refuse(const char **error, const char *text) {
    *error = text;
    return BJ_ERR_BAD_FIELD;
}

static bj_status_t read_tokens(const json_t *list, bj_wish_t *wish, const char **error) {
    if (!json_is_array(list)) return refuse(error, "v must be a list of tokens");
    wish->token_cnt = json_array_size(list);
    if (wish->token_cnt > BJ_WISH_TOKENS_MAX) {
        *error = "at most 3000 tokens";
        return BJ_ERR_FULL;
    }
    for (size_t i = 0; i < wish->token_cnt; i++) {
        const json_t *token = json_array_get(list, i);
        json_int_t value = json_integer_value(token);
        if (!json_is_integer(token) || value <= 0 || value > INT32_MAX) {
            return refuse(error, "a token must be a whole number above 0");
        }
        wish->tokens[i] = (uint32_t)value;
    }
    return BJ_OK;
}

static bj_status_t read_wish(const json_t *root, bj_wish_t *wish, const char **error) {
    const json_t *value = json_object_get(root, "v");
    if (!find_kind(json_object_get(root, "a"), &wish->kind)) {
        return refuse(error, "a must be subscribe, unsubscribe or mode");
    }
    wish->mode = BJ_MODE_QUOTE;
    if (wish->kind == BJ_WISH_MODE) {
        if (json_array_size(value) != 2 || !find_mode(json_array_get(value, 0), &wish->mode)) {
            return refuse(error, "v must be [\"ltp\", \"quote\" or \"full\", [tokens]]");
        }
        value = json_array_get(value, 1);
    }
    return read_tokens(value, wish, error);
}

bj_status_t bj_wish_parse(const char *text, size_t text_bytes, bj_wish_t *wish,
                          const char **error) {
    json_t *root = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, NULL);
    bj_status_t status = json_is_object(root) ? read_wish(root, wish, error)
                                              : refuse(error, "a message is one JSON object");
    json_decref(root);
    return status;
}
