/* A handler's JSON body, read by a table of fields. */
#include <stdio.h>
#include "controlplane/server/bj_http.h"
#include "controlplane/text/bj_text.h"

static bool refuse(bj_http_resp_t *resp, const bj_field_t *field, const char *must) {
    bj_http_fail(resp, 400, "bad_request", field->name, "%s %s", field->name, must);
    return false;
}

static bool malformed(bj_http_resp_t *resp, const bj_field_t *field, const char *must,
                      const char *word) {
    resp->malformed = word;
    return refuse(resp, field, must);
}

static const char wrong_kind[] = "wrong kind";

static bool read_text(const bj_field_t *field, const json_t *value, bj_http_resp_t *resp) {
    char must[64];
    if (!json_is_string(value)) return malformed(resp, field, "must be a text", wrong_kind);
    const char *text = json_string_value(value);
    size_t text_bytes = json_string_length(value);
    if ((int64_t)text_bytes < field->min || (int64_t)text_bytes > field->max ||
        text_bytes >= field->out_bytes) {
        snprintf(must, sizeof must, "must be %lld to %lld characters long", (long long)field->min,
                 (long long)field->max);
        return refuse(resp, field, must);
    }
    for (size_t i = 0; i < text_bytes; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return malformed(resp, field, "must not hold control characters",
                             "control characters");
        }
    }
    if (field->kind == BJ_FIELD_NAME && !bj_text_visible(text)) {
        return refuse(resp, field, "must hold only signs that can be seen, and not blanks alone");
    }
    memcpy(field->out, text, text_bytes);
    ((char *)field->out)[text_bytes] = '\0';
    return true;
}

static bool read_int(const bj_field_t *field, const json_t *value, bj_http_resp_t *resp) {
    char must[96];
    if (!json_is_integer(value) || json_integer_value(value) < field->min ||
        json_integer_value(value) > field->max) {
        snprintf(must, sizeof must, "must be a whole number from %lld to %lld",
                 (long long)field->min, (long long)field->max);
        if (!json_is_integer(value)) resp->malformed = wrong_kind;
        return refuse(resp, field, must);
    }
    *(int64_t *)field->out = json_integer_value(value);
    return true;
}

static bool read_id(const bj_field_t *field, const json_t *value, bj_http_resp_t *resp) {
    uint64_t id;
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value) ||
        !bj_parse_u64(json_string_value(value), &id) || id == 0) {
        return malformed(resp, field, "must be a text of digits above 0", wrong_kind);
    }
    *(uint64_t *)field->out = id;
    return true;
}

static bool read_bool(const bj_field_t *field, const json_t *value, bj_http_resp_t *resp) {
    if (!json_is_boolean(value)) {
        return malformed(resp, field, "must be true or false", wrong_kind);
    }
    *(bool *)field->out = json_is_true(value);
    return true;
}

static bool read_word(const bj_field_t *field, const json_t *value, bj_http_resp_t *resp) {
    char must[96];
    int n = snprintf(must, sizeof must, "must be");
    for (int64_t i = 0; field->words[i]; i++) {
        if (json_is_string(value) && strcmp(json_string_value(value), field->words[i]) == 0) {
            *(int64_t *)field->out = i;
            return true;
        }
        if (n > 0 && (size_t)n < sizeof must) {
            n += snprintf(must + n, sizeof must - (size_t)n, "%s%s", i ? " or " : " ",
                          field->words[i]);
        }
    }
    return malformed(resp, field, must, json_is_string(value) ? "unknown word" : wrong_kind);
}

static bool read_list(const bj_field_t *field, json_t *value, bj_http_resp_t *resp) {
    char must[64];
    size_t i;
    json_t *item;
    if (!json_is_array(value) || (int64_t)json_array_size(value) > field->max) {
        snprintf(must, sizeof must, "must be a list of at most %lld texts", (long long)field->max);
        if (!json_is_array(value)) resp->malformed = wrong_kind;
        return refuse(resp, field, must);
    }
    json_array_foreach(value, i, item) {
        if (!json_is_string(item)) {
            return malformed(resp, field, "must be a list of texts", wrong_kind);
        }
    }
    *(json_t **)field->out = json_incref(value);
    return true;
}

static bool read_field(const bj_field_t *field, json_t *value, bj_http_resp_t *resp) {
    switch (field->kind) {
    case BJ_FIELD_NAME:
    case BJ_FIELD_TEXT: return read_text(field, value, resp);
    case BJ_FIELD_INT: return read_int(field, value, resp);
    case BJ_FIELD_ID: return read_id(field, value, resp);
    case BJ_FIELD_BOOL: return read_bool(field, value, resp);
    case BJ_FIELD_WORD: return read_word(field, value, resp);
    case BJ_FIELD_LIST: return read_list(field, value, resp);
    }
    return false;
}

static bool read_object(json_t *body, const bj_field_t *fields, size_t field_cnt,
                        bj_http_resp_t *resp) {
    size_t known_cnt = 0;
    for (size_t i = 0; i < field_cnt; i++) {
        json_t *value = json_object_get(body, fields[i].name);
        if (!value) {
            if (fields[i].optional) continue;
            return malformed(resp, &fields[i], "is missing", "missing field");
        }
        known_cnt++;
        if (!read_field(&fields[i], value, resp)) return false;
    }
    if (known_cnt == json_object_size(body)) return true;
    const char *key;
    json_t *value;
    json_object_foreach(body, key, value) {
        bool known = false;
        for (size_t i = 0; i < field_cnt; i++) known |= strcmp(key, fields[i].name) == 0;
        if (known) continue;
        bj_http_fail(resp, 400, "bad_request", key, "%.60s is not a field of this request", key);
        resp->malformed = "unknown field";
        break;
    }
    return false;
}

bool bj_http_body(const bj_http_req_t *req, const bj_field_t *fields, size_t field_cnt,
                  bj_http_resp_t *resp) {
    json_error_t error;
    json_t *body = json_loadb(req->body, req->body_bytes, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(body)) {
        bj_http_fail(resp, 400, "bad_request", NULL, "the body must be one JSON object%s%.80s",
                     body ? "" : ": ", body ? "" : error.text);
        resp->malformed = "no JSON object";
        json_decref(body);
        return false;
    }
    bool ok = read_object(body, fields, field_cnt, resp);
    json_decref(body);
    return ok;
}
