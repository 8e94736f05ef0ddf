/* Goal: a head says after its way through a file what it said before; whatever byte of it changes,
 * it is no head of ours any more; another key's is not ours; half notes of a crash are passed over
 * and counted.  A note made by hand with `openssl pkeyutl -sign` is one of ours too. */
#include "controlplane/audit/bj_trail_head.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"

/* Of RFC 8032, 7.1, test 1: the secret key 9d61b19d... and its public half, as OpenSSL's PEM. */
static const char private_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
static const char public_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

static char place[] = "/tmp/bijli-head.XXXXXX";

static const char *put(const char *name, const char *text) {
    static char path[2][80];
    static unsigned turn;
    char *out = path[turn++ % 2];
    snprintf(out, sizeof path[0], "%s/%s", place, name);
    FILE *file = fopen(out, "w");
    if (!file) abort();
    fputs(text, file);
    fclose(file);
    return out;
}

static bj_trail_head_t good(void) {
    bj_trail_head_t head = {.size = 47, .time_ns = INT64_C(1795518289123000000)};
    for (int i = 0; i < BJ_MERKLE_HASH_BYTES; i++) {
        head.root.bytes[i] = (uint8_t)(i * 7);
        head.chain.bytes[i] = (uint8_t)(i * 11 + 1);
    }
    return head;
}

static void test_round_trip(const bj_trail_key_t *secret, const bj_trail_key_t *key) {
    char note[BJ_TRAIL_NOTE_BYTES], name[9];
    bj_trail_head_t head = good(), back;
    BJ_CHECK(bj_trail_head_sign(&head, secret, note));
    BJ_CHECK(bj_trail_head_open(note, key, &back) == BJ_OK);
    BJ_CHECK(back.size == 47 && back.time_ns == head.time_ns);
    BJ_CHECK(bj_merkle_same(&back.root, &head.root) && bj_merkle_same(&back.chain, &head.chain));
    BJ_CHECK(strlen(bj_trail_key_name(key, name)) == 8);
    BJ_CHECK(!bj_trail_head_sign(&head, key, note)); /* a public key signs nothing */
}

static void test_every_byte(const bj_trail_key_t *secret, const bj_trail_key_t *key) {
    char note[BJ_TRAIL_NOTE_BYTES], bent[BJ_TRAIL_NOTE_BYTES + 1];
    bj_trail_head_t head = good(), back;
    BJ_CHECK(bj_trail_head_sign(&head, secret, note));
    for (size_t i = 0; i < strlen(note); i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bent, note, sizeof note);
            bent[i] = (char)(bent[i] ^ 1 << bit);
            BJ_CHECK(bj_trail_head_open(bent, key, &back) != BJ_OK);
        }
        memcpy(bent, note, sizeof note);
        bent[i] = '\0';
        BJ_CHECK(bj_trail_head_open(bent, NULL, &back) == BJ_ERR_CORRUPT);
    }
    snprintf(bent, sizeof bent, "%s\n", note);
    BJ_CHECK(bj_trail_head_open(bent, NULL, &back) == BJ_ERR_CORRUPT);
}

static void test_other_key(const bj_trail_key_t *key) {
    char note[BJ_TRAIL_NOTE_BYTES];
    bj_trail_head_t head = good(), back;
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    FILE *file = fopen(put("other.key", ""), "w");
    if (!pkey || !file || !PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL)) abort();
    fclose(file);
    EVP_PKEY_free(pkey);
    char path[80];
    snprintf(path, sizeof path, "%s/other.key", place);
    bj_trail_key_t *other = bj_trail_key_private(path);
    BJ_CHECK(other);
    BJ_CHECK(other && bj_trail_head_sign(&head, other, note));
    BJ_CHECK(bj_trail_head_open(note, key, &back) == BJ_ERR_DENIED);
    BJ_CHECK(bj_trail_head_open(note, other, &back) == BJ_OK);
    bj_trail_key_free(other);
    BJ_CHECK(!bj_trail_key_private("/nonexistent"));
    BJ_CHECK(!bj_trail_key_private(put("none", "no key")));
    BJ_CHECK(!bj_trail_key_public(put("private", private_pem)));
}

static void test_file(const bj_trail_key_t *secret, const bj_trail_key_t *key) {
    char note[BJ_TRAIL_NOTE_BYTES], text[6 * BJ_TRAIL_NOTE_BYTES];
    char got[BJ_TRAIL_NOTE_BYTES];
    bj_trail_head_t head = good(), back;
    BJ_CHECK(bj_trail_head_sign(&head, secret, note));
    /* whole, half, whole, what is not ours, half of the first line, whole, half */
    int n = snprintf(text, sizeof text,
                     "%s\n%.60s\n\n%s\nwhat is\nthis?\n\nbijli-au%s\n%.99s", note, note, note,
                     note, note);
    BJ_CHECK(n > 0 && (size_t)n < sizeof text);
    FILE *file = fmemopen(text, (size_t)n, "r");
    size_t torn_cnt = 0, cnt = 0;
    while (file && bj_trail_note_next(file, got, &torn_cnt)) {
        BJ_CHECK(bj_trail_head_open(got, key, &back) == BJ_OK);
        cnt++;
    }
    /* The half line swallows the origin that follows it: both blocks of that note are lost. */
    BJ_CHECK(cnt == 2 && torn_cnt == 5);
    if (file) fclose(file);
}

/* The signature over the body, made elsewhere. */
static void test_by_hand(const bj_trail_key_t *key) {
    char command[512], path[80], note[BJ_TRAIL_NOTE_BYTES], mine[BJ_TRAIL_NOTE_BYTES];
    bj_trail_head_t head = good(), back;
    bj_trail_key_t *secret = bj_trail_key_private(put("private", private_pem));
    BJ_CHECK(secret && bj_trail_head_sign(&head, secret, note));
    snprintf(mine, sizeof mine, "%s", note);
    *strstr(mine, "\n\n") = '\0';
    snprintf(path, sizeof path, "%s/body", place);
    put("body", mine);
    FILE *more = fopen(path, "a");
    if (!more) abort();
    fputc('\n', more);
    fclose(more);
    /* -rawin: the whole text is signed, as Ed25519 wants it. */
    snprintf(command, sizeof command,
             "cd %s && openssl pkeyutl -sign -inkey private -rawin -in body | openssl base64 -A",
             place);
    FILE *pipe = popen(command, "r");
    char base64[128] = "";
    BJ_CHECK(pipe && fgets(base64, sizeof base64, pipe));
    if (pipe) pclose(pipe);
    uint8_t theirs[96], ours[96];
    BJ_CHECK(EVP_DecodeBlock(theirs, (const uint8_t *)base64, (int)strlen(base64)) == 66);
    const char *at = strrchr(note, ' ') + 1;
    BJ_CHECK(EVP_DecodeBlock(ours, (const uint8_t *)at, (int)strlen(at) - 1) == 69);
    BJ_CHECK(memcmp(ours + 4, theirs, 64) == 0);
    BJ_CHECK(bj_trail_head_open(note, key, &back) == BJ_OK);
    bj_trail_key_free(secret);
}

int main(void) {
    if (!mkdtemp(place)) abort();
    bj_trail_key_t *secret = bj_trail_key_private(put("private", private_pem));
    bj_trail_key_t *key = bj_trail_key_public(put("public", public_pem));
    BJ_CHECK(secret && key);
    if (secret && key) {
        test_round_trip(secret, key);
        test_every_byte(secret, key);
        test_other_key(key);
        test_file(secret, key);
        test_by_hand(key);
    }
    bj_trail_key_free(secret);
    bj_trail_key_free(key);
    static const char *const names[] = {"private", "public", "other.key", "none", "body"};
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        char path[80];
        snprintf(path, sizeof path, "%s/%s", place, names[i]);
        unlink(path);
    }
    rmdir(place);
    return bj_test_end("test_bj_trail_head");
}
