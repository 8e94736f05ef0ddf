#include "controlplane/audit/bj_trail_head.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include "controlplane/text/bj_text.h"

#define ORIGIN "bijli-audit"
#define DASH "\xe2\x80\x94 "

enum { NAME_BYTES = 4, SIGNATURE_BYTES = 64, KEY_BYTES = 32, SIGNED_BYTES = 68, ED25519 = 1 };
/* Base64 of 32 and of 68 bytes, with padding and NUL. */
enum { ROOT_TEXT_BYTES = 45, SIGNED_TEXT_BYTES = 93 };

struct bj_trail_key {
    EVP_PKEY *pkey;
    bool      is_private;
    uint8_t   name[NAME_BYTES];
};

/* SHA-256(name || newline || kind || key), its first bytes. */
static bool name_key(bj_trail_key_t *key) {
    uint8_t all[sizeof ORIGIN + 1 + KEY_BYTES] = ORIGIN "\n", hash[SHA256_DIGEST_LENGTH];
    size_t key_bytes = KEY_BYTES;
    all[sizeof ORIGIN] = ED25519;
    if (EVP_PKEY_get_raw_public_key(key->pkey, all + sizeof ORIGIN + 1, &key_bytes) != 1) {
        return false;
    }
    SHA256(all, sizeof all, hash);
    memcpy(key->name, hash, sizeof key->name);
    return true;
}

static bj_trail_key_t *load(const char *file, bool is_private) {
    FILE *in = fopen(file, "r");
    if (!in) return NULL;
    EVP_PKEY *pkey = is_private ? PEM_read_PrivateKey(in, NULL, NULL, NULL)
                                : PEM_read_PUBKEY(in, NULL, NULL, NULL);
    fclose(in);
    bj_trail_key_t *key = calloc(1, sizeof *key);
    if (key && pkey && EVP_PKEY_get_id(pkey) == EVP_PKEY_ED25519) {
        *key = (bj_trail_key_t){.pkey = pkey, .is_private = is_private};
        if (name_key(key)) return key;
    }
    EVP_PKEY_free(pkey);
    free(key);
    return NULL;
}

bj_trail_key_t *bj_trail_key_private(const char *file) { return load(file, true); }
bj_trail_key_t *bj_trail_key_public(const char *file) { return load(file, false); }

void bj_trail_key_free(bj_trail_key_t *key) {
    if (key) EVP_PKEY_free(key->pkey);
    free(key);
}

const char *bj_trail_key_name(const bj_trail_key_t *key, char out[9]) {
    snprintf(out, 9, "%02x%02x%02x%02x", key->name[0], key->name[1], key->name[2], key->name[3]);
    return out;
}

static bool sign(const bj_trail_key_t *key, const char *body, uint8_t out[SIGNATURE_BYTES]) {
    size_t out_bytes = SIGNATURE_BYTES;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && key->is_private &&
              EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestSign(ctx, out, &out_bytes, (const uint8_t *)body, strlen(body)) == 1 &&
              out_bytes == SIGNATURE_BYTES;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool signed_by(const bj_trail_key_t *key, const char *body, size_t body_bytes,
                      const uint8_t signature[SIGNATURE_BYTES]) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestVerify(ctx, signature, SIGNATURE_BYTES, (const uint8_t *)body,
                               body_bytes) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

/* True if text, up to its line's end, is exactly data_bytes bytes in base64; *end is behind it. */
static bool unbase64(const char *text, uint8_t *data, size_t data_bytes, const char **end) {
    uint8_t out[SIGNED_TEXT_BYTES];
    char again[SIGNED_TEXT_BYTES];
    size_t text_bytes = (data_bytes + 2) / 3 * 4;
    *end = text + strcspn(text, "\n");
    if ((size_t)(*end - text) != text_bytes || **end != '\n') return false;
    if (EVP_DecodeBlock(out, (const uint8_t *)text, (int)text_bytes) < 0) return false;
    memcpy(data, out, data_bytes);
    EVP_EncodeBlock((uint8_t *)again, data, (int)data_bytes);
    return memcmp(again, text, text_bytes) == 0; /* no second spelling of the same bytes */
}

bool bj_trail_head_sign(const bj_trail_head_t *head, const bj_trail_key_t *key,
                        char note[BJ_TRAIL_NOTE_BYTES]) {
    char root[ROOT_TEXT_BYTES], time[BJ_TIME_TEXT_BYTES], chain[BJ_MERKLE_HEX_BYTES];
    uint8_t name_and_signature[SIGNED_BYTES];
    char text[SIGNED_TEXT_BYTES];
    EVP_EncodeBlock((uint8_t *)root, head->root.bytes, BJ_MERKLE_HASH_BYTES);
    int n = snprintf(note, BJ_TRAIL_NOTE_BYTES, ORIGIN "\n%" PRIu64 "\n%s\ntime %s\nchain %s\n",
                     head->size, root, bj_time_text(head->time_ns, time),
                     bj_merkle_hex(&head->chain, chain));
    memcpy(name_and_signature, key->name, NAME_BYTES);
    if (!sign(key, note, name_and_signature + NAME_BYTES)) return false;
    EVP_EncodeBlock((uint8_t *)text, name_and_signature, SIGNED_BYTES);
    snprintf(note + n, BJ_TRAIL_NOTE_BYTES - (size_t)n, "\n" DASH ORIGIN " %s\n", text);
    return true;
}

/* Behind `before`, a word up to the end of its line into out; NULL: not so. */
static const char *line(const char *text, const char *before, char *out, size_t out_bytes) {
    size_t before_bytes = strlen(before);
    if (strncmp(text, before, before_bytes) != 0) return NULL;
    text += before_bytes;
    size_t cnt = strcspn(text, "\n");
    if (text[cnt] != '\n' || cnt == 0 || cnt >= out_bytes) return NULL;
    memcpy(out, text, cnt);
    out[cnt] = '\0';
    return text + cnt + 1;
}

bj_status_t bj_trail_head_open(const char *note, const bj_trail_key_t *key, bj_trail_head_t *head) {
    char size[24], time[40], chain[BJ_MERKLE_HEX_BYTES];
    uint8_t name_and_signature[SIGNED_BYTES];
    const char *at = line(note, ORIGIN "\n", size, sizeof size);
    if (!at || !unbase64(at, head->root.bytes, BJ_MERKLE_HASH_BYTES, &at)) return BJ_ERR_CORRUPT;
    if (!(at = line(at + 1, "time ", time, sizeof time))) return BJ_ERR_CORRUPT;
    if (!(at = line(at, "chain ", chain, sizeof chain))) return BJ_ERR_CORRUPT;
    size_t body_bytes = (size_t)(at - note);
    if (strncmp(at, "\n" DASH ORIGIN " ", sizeof("\n" DASH ORIGIN)) != 0) return BJ_ERR_CORRUPT;
    at += sizeof("\n" DASH ORIGIN);
    if (!unbase64(at, name_and_signature, SIGNED_BYTES, &at) || at[1]) return BJ_ERR_CORRUPT;
    if (size[0] == '0' || !bj_parse_u64(size, &head->size) ||
        head->size > BJ_MERKLE_LEAVES_MAX || !bj_parse_time(time, &head->time_ns) ||
        !bj_merkle_unhex(chain, &head->chain)) {
        return BJ_ERR_CORRUPT;
    }
    if (!key) return BJ_OK;
    bool ours = memcmp(name_and_signature, key->name, NAME_BYTES) == 0 &&
                signed_by(key, note, body_bytes, name_and_signature + NAME_BYTES);
    return ours ? BJ_OK : BJ_ERR_DENIED;
}

/* A note begins with its origin and ends with its signature; a line that fits in neither way makes
 * what was gathered no note. */
bool bj_trail_note_next(FILE *file, char note[BJ_TRAIL_NOTE_BYTES], size_t *torn_cnt) {
    char text[BJ_TRAIL_NOTE_BYTES];
    size_t at = 0;
    bool torn = false; /* a block that is no note is being passed over */
    while (fgets(text, sizeof text, file)) {
        size_t text_bytes = strlen(text);
        bool begins = strcmp(text, ORIGIN "\n") == 0;
        if (begins && at) ++*torn_cnt;
        if (begins) at = 0, torn = false;
        if (at == 0 && !begins) {
            if (text[0] == '\n') torn = false;
            else if (!torn) ++*torn_cnt, torn = true;
            continue;
        }
        /* A line that begins with a NUL, as on a page that a crash left empty, has no bytes. */
        if (at + text_bytes >= BJ_TRAIL_NOTE_BYTES || !text_bytes || text[text_bytes - 1] != '\n') {
            ++*torn_cnt;
            at = 0, torn = true;
            continue;
        }
        memcpy(note + at, text, text_bytes + 1);
        at += text_bytes;
        if (strncmp(text, DASH, sizeof DASH - 1) == 0) return true;
    }
    if (at) ++*torn_cnt;
    return false;
}
