#include "controlplane/server/bj_kite.h"

/* By our own code; a code that is not here is GeneralException. */
static const struct {
    int code, kite_code;
    const char *type;
} types[] = {
    {400, 400, "InputException"},      {401, 403, "TokenException"},
    {403, 403, "PermissionException"}, {404, 404, "GeneralException"},
    {405, 405, "GeneralException"},    {409, 400, "InputException"},
    {411, 400, "InputException"},      {413, 400, "InputException"},
    {415, 400, "InputException"},      {422, 400, "OrderException"},
    {429, 429, "NetworkException"},    {503, 503, "NetworkException"},
    {504, 504, "DataException"},
};

static void wrap_error(bj_http_resp_t *resp) {
    const char *text = "the request was refused", *type = "GeneralException";
    json_unpack(resp->json, "{s:{s:s}}", "error", "text", &text);
    int code = resp->code;
    for (size_t i = 0; i < BJ_COUNT(types); i++) {
        if (types[i].code != resp->code) continue;
        code = types[i].kite_code;
        type = types[i].type;
        break;
    }
    json_t *json = json_pack("{s:s, s:s, s:s, s:n}", "status", "error", "message", text,
                             "error_type", type, "data");
    json_decref(resp->json);
    resp->json = json;
    resp->code = code;
}

void bj_kite_wrap(bj_http_resp_t *resp) {
    if (resp->code >= 400) {
        wrap_error(resp);
        return;
    }
    json_t *data = resp->json ? resp->json : json_true();
    resp->json = json_pack("{s:s, s:o}", "status", "success", "data", data);
    if (resp->code == 204) resp->code = 200;
}

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The next byte that is meant, from body[*at] on; -1: none can be. */
static int decode(const char *body, size_t body_bytes, size_t *at) {
    char c = body[(*at)++];
    if (c == '+') return ' ';
    if (c != '%') return c ? (unsigned char)c : -1;
    if (body_bytes - *at < 2) return -1;
    int high = digit(body[*at]), low = digit(body[*at + 1]);
    *at += 2;
    return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

bool bj_kite_form(const char *body, size_t body_bytes, char *out, size_t out_bytes) {
    size_t n = 0;
    if (out_bytes < 2) return false;
    for (size_t at = 0; at < body_bytes;) {
        /* Two NULs fit behind whatever comes. */
        if (n + 2 >= out_bytes) return false;
        if (body[at] == '&') {
            at++;
            if (n > 0 && out[n - 1] != '\0') out[n++] = '\0';
            continue;
        }
        int c = decode(body, body_bytes, &at);
        if (c < 0) return false;
        out[n++] = (char)c;
    }
    out[n] = out[n + 1] = '\0';
    return true;
}
