/* Whatever comes as an access token: refused without a crash; whatever lies in Redis under its key;
 * and whatever comes as a list of scopes:
 * what is taken is written back as it came, but for the order. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/apps/bj_apps_priv.h"
#include "controlplane/apps/bj_jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static bj_jwt_key_t *key_make(void) {
    char name[] = "/tmp/bj_jwt.XXXXXX", error[160];
    FILE *file = fdopen(mkstemp(name), "w");
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!file || !pkey || !PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL)) abort();
    fclose(file);
    EVP_PKEY_free(pkey);
    bj_jwt_key_t *key = bj_jwt_key_load(name, BJ_SIG_EDDSA, error, sizeof error);
    unlink(name);
    return key;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static bj_jwt_key_t *key;
    bj_jwt_t jwt;
    unsigned scopes;
    char again[BJ_SCOPES_TEXT_BYTES], *text = calloc(1, data_bytes + 40);
    if (!key) key = key_make();
    if (data_bytes) memcpy(text, data, data_bytes);
    if (bj_jwt_read(key, text, 1785577500, &jwt) == BJ_OK) abort(); /* nobody knows the key */
    if (bj_scopes_read(text, &scopes) && strlen(bj_scopes_write(scopes, again)) != strlen(text)) {
        abort();
    }
    /* Past the header. */
    memcpy(text, "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.", 37);
    if (data_bytes) memcpy(text + 37, data, data_bytes);
    text[37 + data_bytes] = '\0';
    if (bj_jwt_read(key, text, 1785577500, &jwt) == BJ_OK) abort();
    bj_caller_t caller;
    bool ours = bj_api_copy_read((const char *)data, data_bytes, &caller);
    if (ours && (!caller.app_id || !caller.is_app || !caller.scopes || caller.is_operator)) abort();
    free(text);
    return 0;
}
