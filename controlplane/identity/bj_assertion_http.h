#ifndef BJ_ASSERTION_HTTP_H
#define BJ_ASSERTION_HTTP_H

/* What a browser has from navigator.credentials, as fields of a body: each base64url.  The three
 * routes that take an assertion share it. */
#include "controlplane/identity/bj_base64url.h"
#include "controlplane/identity/bj_passkey.h"
#include "controlplane/server/bj_http.h"

typedef struct bj_assertion_body {
    char credential[BJ_BASE64URL_BYTES(BJ_PASSKEY_ID_MAX_BYTES)];
    char client_data[BJ_BASE64URL_BYTES(BJ_WEBAUTHN_CLIENT_MAX_BYTES)];
    char authenticator_data[BJ_BASE64URL_BYTES(BJ_WEBAUTHN_AUTH_MAX_BYTES)];
    char signature[BJ_BASE64URL_BYTES(BJ_WEBAUTHN_SIG_MAX_BYTES)];
    char user_handle[BJ_BASE64URL_BYTES(BJ_USER_HANDLE_BYTES)]; /* optional */
    bj_assertion_t assertion; /* once they are read; points into the above */
} bj_assertion_body_t;

/* The table's rows for a body that has the above, which must begin as {0}.  optional: all of it. */
#define BJ_ASSERTION_ROW(body, name_, optional_)                                                   \
    {                                                                                              \
        .name = #name_, .kind = BJ_FIELD_TEXT, .optional = optional_, .min = 1,                    \
        .max = sizeof((body).name_) - 1, .out = (body).name_, .out_bytes = sizeof((body).name_)    \
    }
#define BJ_ASSERTION_ROWS(body, optional_)                                                         \
    BJ_ASSERTION_ROW(body, credential, optional_), BJ_ASSERTION_ROW(body, client_data, optional_), \
        BJ_ASSERTION_ROW(body, authenticator_data, optional_),                                     \
        BJ_ASSERTION_ROW(body, signature, optional_), BJ_ASSERTION_ROW(body, user_handle, true)
/* The same for a new credential: no signature, and the credential's id is in the data. */
#define BJ_CREATION_ROWS(body)                                                                     \
    BJ_ASSERTION_ROW(body, client_data, false), BJ_ASSERTION_ROW(body, authenticator_data, false)

/* Decodes what came, in place.  False after the 400 that names the field. */
BJ_MUST_USE bool bj_assertion_read(bj_assertion_body_t *body, bj_http_resp_t *resp);
/* True if any of it came. */
bool bj_assertion_given(const bj_assertion_body_t *body);

/* What navigator.credentials.get needs: {challenge, rp_id, timeout_ms, allow}.  user_id 0: nobody's
 * passkeys are named. */
void bj_assertion_ask(bj_identity_t *identity, const char *challenge, uint64_t user_id,
                      bj_http_resp_t *resp);
/* A user's passkeys' ids as base64url; NULL: the answer says why not. */
json_t *bj_credentials_json(bj_identity_t *identity, uint64_t user_id, bj_http_resp_t *resp);

#endif /* BJ_ASSERTION_HTTP_H */
