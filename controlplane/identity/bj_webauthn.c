#include "controlplane/identity/bj_webauthn.h"

#include <cbor.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>

/* Authenticator data begins with SHA-256 of the rpId, flags, and the counter (6.1). */
enum { AT_FLAGS = 32, HEAD_BYTES = 37, AT_ID_LEN = 53, AT_ID = 55 };
enum { UP = 1 << 0, UV = 1 << 2, BE = 1 << 3, BS = 1 << 4, AT = 1 << 6 };

const int32_t *bj_webauthn_algs(bool rsa) {
    static const int32_t strong[] = {COSE_ES256, COSE_EDDSA, 0};
    static const int32_t all[] = {COSE_ES256, COSE_EDDSA, COSE_RS256, 0};
    return rsa ? all : strong;
}

bool bj_webauthn_rp_id(const char *origin, const char *wanted, char out[BJ_RP_ID_BYTES]) {
    static const char *const schemes[] = {"https://", "http://localhost"};
    const char *host = NULL;
    if (strncmp(origin, schemes[0], 8) == 0) host = origin + 8;
    if (strncmp(origin, schemes[1], 16) == 0 && strchr(":", origin[16])) host = origin + 7;
    if (!host) return false;
    size_t host_bytes = strcspn(host, ":/?#");
    if (host_bytes == 0 || host_bytes >= BJ_RP_ID_BYTES) return false;
    snprintf(out, BJ_RP_ID_BYTES, "%.*s", (int)host_bytes, host);
    if (!wanted || !wanted[0] || strcmp(wanted, out) == 0) return true;
    size_t wanted_bytes = strlen(wanted);
    bool above = wanted_bytes < host_bytes && strchr(wanted, '.') &&
                 out[host_bytes - wanted_bytes - 1] == '.' &&
                 strcmp(out + host_bytes - wanted_bytes, wanted) == 0;
    if (above) snprintf(out, BJ_RP_ID_BYTES, "%s", wanted);
    return above;
}

static bool is_text(const json_t *object, const char *key, const char *wanted) {
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    return text && strlen(text) == json_string_length(value) && strcmp(text, wanted) == 0;
}

static const char *judge_client(const json_t *client, const char *type, const char *origin,
                                char challenge[BJ_TOKEN_BYTES]) {
    const json_t *cross = json_object_get(client, "crossOrigin");
    const char *text = json_string_value(json_object_get(client, "challenge"));
    if (!json_is_object(client)) return "client data is no object";
    if (!is_text(client, "type", type)) return "client data of another type";
    if (!is_text(client, "origin", origin)) return "client data of another origin";
    /* Our page is never in a frame of somebody else's. */
    if ((cross && !json_is_false(cross)) || json_object_get(client, "topOrigin")) {
        return "client data of a foreign frame";
    }
    if (!text || !bj_token_formed(text)) return "no challenge of ours";
    memcpy(challenge, text, BJ_TOKEN_BYTES);
    return NULL;
}

const char *bj_webauthn_client(const uint8_t *json, size_t json_bytes, const char *type,
                               const char *origin, char challenge[BJ_TOKEN_BYTES]) {
    json_t *client = json_loadb((const char *)json, json_bytes, JSON_REJECT_DUPLICATES, NULL);
    if (!client) return "client data is no JSON";
    const char *why = judge_client(client, type, origin, challenge);
    json_decref(client);
    return why;
}

static void more_than(void *left, size_t item_cnt) {
    size_t *left_bytes = left;
    if (item_cnt > *left_bytes) *left_bytes = 0;
}

/* libcbor makes room for as many items as a list says that it has, before it has seen one: a few
 * bytes could ask for all memory.  An item takes a byte. */
static bool is_modest(const uint8_t *cbor, size_t cbor_bytes) {
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    callbacks.array_start = callbacks.map_start = more_than;
    while (cbor_bytes > 0) {
        size_t left_bytes = cbor_bytes;
        struct cbor_decoder_result got =
            cbor_stream_decode(cbor, cbor_bytes, &callbacks, &left_bytes);
        if (got.status != CBOR_DECODER_FINISHED || left_bytes == 0) return false;
        cbor += got.read;
        cbor_bytes -= got.read;
    }
    return true;
}

/* What must be so in every message. */
static const char *judge_auth(const char *rp_id, const uint8_t *auth, size_t auth_bytes) {
    uint8_t hash[BJ_HASH_BYTES];
    size_t at = HEAD_BYTES;
    if (auth_bytes < HEAD_BYTES) return "authenticator data is too short";
    SHA256((const unsigned char *)rp_id, strlen(rp_id), hash);
    if (memcmp(hash, auth, sizeof hash) != 0) return "made for another site";
    uint8_t flags = auth[AT_FLAGS];
    if (!(flags & UP)) return "nobody was present";
    if (!(flags & UV)) return "the user was not verified";
    if ((flags & BS) && !(flags & BE)) return "contradictory flags";
    if (flags & AT) {
        if (auth_bytes < AT_ID) return "authenticator data is too short";
        at = AT_ID + ((size_t)auth[AT_ID_LEN] << 8 | auth[AT_ID_LEN + 1]);
    }
    if (at > auth_bytes || !is_modest(auth + at, auth_bytes - at)) {
        return "authenticator data says more than it holds";
    }
    return NULL;
}

static bool copy(uint8_t *out, size_t out_max, size_t *out_bytes, const uint8_t *data,
                 size_t data_bytes) {
    if (!data || data_bytes == 0 || data_bytes > out_max) return false;
    memcpy(out, data, data_bytes);
    *out_bytes = data_bytes;
    return true;
}

typedef union cose_key {
    void *any;
    es256_pk_t *es256;
    eddsa_pk_t *eddsa;
    rs256_pk_t *rs256;
} cose_key_t;

/* The key in the form that libfido2 verifies with.  False: it is none of its algorithm. */
static bool key_open(const bj_passkey_key_t *from, cose_key_t *key) {
    key->any = NULL;
    switch (from->alg) {
    case COSE_ES256:
        key->es256 = es256_pk_new();
        return key->any && es256_pk_from_ptr(key->es256, from->key, from->key_bytes) == FIDO_OK;
    case COSE_EDDSA:
        key->eddsa = eddsa_pk_new();
        return key->any && eddsa_pk_from_ptr(key->eddsa, from->key, from->key_bytes) == FIDO_OK;
    case COSE_RS256:
        key->rs256 = rs256_pk_new();
        return key->any && rs256_pk_from_ptr(key->rs256, from->key, from->key_bytes) == FIDO_OK;
    default:
        return false;
    }
}

static void key_close(int32_t alg, cose_key_t *key) {
    switch (alg) {
    case COSE_ES256:
        es256_pk_free(&key->es256);
        break;
    case COSE_EDDSA:
        eddsa_pk_free(&key->eddsa);
        break;
    case COSE_RS256:
        rs256_pk_free(&key->rs256);
        break;
    default:
        break;
    }
}

/* A key that no signature can ever be checked with is refused now, not at the next log-in: a point
 * that is not on the curve. */
static bool key_works(const bj_passkey_key_t *from) {
    cose_key_t key;
    bool works = key_open(from, &key);
    if (works && from->alg == COSE_ES256) {
        EVP_PKEY *pkey = es256_pk_to_EVP_PKEY(key.es256);
        works = pkey != NULL;
        EVP_PKEY_free(pkey);
    }
    key_close(from->alg, &key);
    return works;
}

/* libfido2 wants to be told the algorithm before it looks, and once. */
static bool read_new(int32_t alg, const uint8_t *auth, size_t auth_bytes, bj_passkey_new_t *out) {
    fido_cred_t *cred = fido_cred_new();
    *out = (bj_passkey_new_t){.key = {.alg = alg}};
    bool ok = cred && fido_cred_set_type(cred, alg) == FIDO_OK &&
              fido_cred_set_authdata_raw(cred, auth, auth_bytes) == FIDO_OK &&
              copy(out->id, sizeof out->id, &out->id_bytes, fido_cred_id_ptr(cred),
                   fido_cred_id_len(cred)) &&
              copy(out->key.key, sizeof out->key.key, &out->key.key_bytes,
                   fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred));
    if (ok) out->sign_count = fido_cred_sigcount(cred);
    fido_cred_free(&cred);
    return ok;
}

const char *bj_webauthn_new(const char *rp_id, bool rsa, const uint8_t *auth, size_t auth_bytes,
                            bj_passkey_new_t *out) {
    const char *why = judge_auth(rp_id, auth, auth_bytes);
    if (why) return why;
    if (!(auth[AT_FLAGS] & AT)) return "no credential in it";
    for (const int32_t *alg = bj_webauthn_algs(rsa); *alg; alg++) {
        if (!read_new(*alg, auth, auth_bytes, out)) continue;
        if (out->id_bytes < BJ_PASSKEY_ID_MIN_BYTES) return "a credential id that is too short";
        return key_works(&out->key) ? NULL : "a public key that is none";
    }
    return "no credential of a kind that we take";
}

static bool verify(fido_assert_t *assert, const char *rp_id, const bj_passkey_key_t *from,
                   const bj_webauthn_said_t *said, uint32_t *sign_count) {
    uint8_t client_hash[BJ_HASH_BYTES];
    cose_key_t key;
    SHA256(said->client, said->client_bytes, client_hash);
    bool ok = key_open(from, &key) &&
              fido_assert_set_clientdata_hash(assert, client_hash, sizeof client_hash) == FIDO_OK &&
              fido_assert_set_rp(assert, rp_id) == FIDO_OK &&
              fido_assert_set_up(assert, FIDO_OPT_TRUE) == FIDO_OK &&
              fido_assert_set_uv(assert, FIDO_OPT_TRUE) == FIDO_OK &&
              fido_assert_set_count(assert, 1) == FIDO_OK &&
              fido_assert_set_authdata_raw(assert, 0, said->auth, said->auth_bytes) == FIDO_OK &&
              fido_assert_set_sig(assert, 0, said->sig, said->sig_bytes) == FIDO_OK &&
              fido_assert_verify(assert, 0, from->alg, key.any) == FIDO_OK;
    if (ok) *sign_count = fido_assert_sigcount(assert, 0);
    key_close(from->alg, &key);
    return ok;
}

const char *bj_webauthn_verify(const char *rp_id, const bj_passkey_key_t *key,
                               const bj_webauthn_said_t *said, uint32_t *sign_count) {
    const char *why = judge_auth(rp_id, said->auth, said->auth_bytes);
    if (why) return why;
    fido_assert_t *assert = fido_assert_new();
    bool ok = assert &&verify(assert, rp_id, key, said, sign_count);
    fido_assert_free(&assert);
    return ok ? NULL : "wrong signature";
}
