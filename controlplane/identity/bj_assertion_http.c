/* An assertion in a body, and what asks for one. */
#include "controlplane/identity/bj_assertion_http.h"

#include <stdlib.h>
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/identity/bj_identity_priv.h"

static bool decode(char *text, size_t text_bytes, const char *name, const uint8_t **data,
                   size_t *data_bytes, bj_http_resp_t *resp) {
    uint8_t *out = (uint8_t *)text;
    /* Four digits become three bytes: what is written lies behind what is read. */
    if (!bj_base64url_read(text, out, text_bytes, data_bytes)) {
        bj_http_fail(resp, 400, "bad_request", name, "%s must be base64url without padding", name);
        return false;
    }
    *data = out;
    return true;
}

bool bj_assertion_given(const bj_assertion_body_t *body) {
    return body->credential[0] || body->client_data[0] || body->authenticator_data[0] ||
           body->signature[0] || body->user_handle[0];
}

#define DECODE(field, data, data_bytes)                                                            \
    decode(body->field, sizeof body->field, #field, data, data_bytes, resp)

bool bj_assertion_read(bj_assertion_body_t *body, bj_http_resp_t *resp) {
    bj_assertion_t *to = &body->assertion;
    bj_webauthn_said_t *said = &to->said;
    return DECODE(credential, &to->credential, &to->credential_bytes) &&
           DECODE(client_data, &said->client, &said->client_bytes) &&
           DECODE(authenticator_data, &said->auth, &said->auth_bytes) &&
           DECODE(signature, &said->sig, &said->sig_bytes) &&
           DECODE(user_handle, &to->handle, &to->handle_bytes);
}

json_t *bj_credentials_json(bj_identity_t *identity, uint64_t user_id, bj_http_resp_t *resp) {
    char text[BJ_BASE64URL_BYTES(BJ_PASSKEY_ID_MAX_BYTES)];
    size_t cnt = 0;
    json_t *list = NULL;
    bj_passkey_row_t *rows = calloc(BJ_PASSKEYS_MAX, sizeof *rows);
    bj_status_t status = !rows     ? BJ_ERR_FULL
                         : user_id ? bj_passkeys_list(identity->config.db, user_id, rows, &cnt)
                                   : BJ_OK;
    if (status == BJ_OK) {
        list = json_array();
        for (size_t i = 0; i < cnt; i++) {
            bj_base64url_write(rows[i].credential, rows[i].credential_bytes, text);
            json_array_append_new(list, json_string(text));
        }
    } else {
        bj_identity_refuse(resp, status);
    }
    free(rows);
    return list;
}

void bj_assertion_ask(bj_identity_t *identity, const char *challenge, uint64_t user_id,
                      bj_http_resp_t *resp) {
    json_t *allow = bj_credentials_json(identity, user_id, resp);
    if (!allow) return;
    bj_http_ok(resp, 200,
               json_pack("{s:s, s:s, s:I, s:o}", "challenge", challenge, "rp_id", identity->rp_id,
                         "timeout_ms", (json_int_t)BJ_CHALLENGE_S * 1000, "allow", allow));
}
