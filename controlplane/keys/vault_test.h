/* vault_test.h - stands in for Vault's transit engine: TLS on loopback, a thread, and moods.  It
 * speaks what bj_vault.h names, and keeps what it was asked. */
#ifndef VAULT_TEST_H
#define VAULT_TEST_H
#include <arpa/inet.h>
#include <jansson.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include "controlplane/keys/bj_seal.h"
#include "controlplane/keys/bj_vault.h"

#define VAULT_TEST_TOKEN "hvs.stand-in"

typedef enum vault_mood {
    VAULT_WELL,
    VAULT_SEALED,  /* 503 */
    VAULT_DENIES,  /* 403 */
    VAULT_GARBAGE, /* 200 with what is no answer */
    VAULT_SHORT,   /* 200 with a plaintext of other length */
    VAULT_HANGS_UP,
} vault_mood_t;

typedef struct vault_test {
    int fd;
    uint16_t port;
    SSL_CTX *ctx;
    pthread_t thread;
    _Atomic int mood, version, asked_cnt; /* version: of the transit key, 1 to 9 */
    atomic_bool stop;
    uint8_t key[10][BJ_SEAL_KEY_BYTES];
    char ca_file[128], token_file[128], url[64];
} vault_test_t;

static inline json_t *vault_test_encrypt(vault_test_t *vault, const uint8_t *plain, size_t bytes) {
    bj_sealed_t sealed;
    char text[BJ_WRAPPED_BYTES], b64[BJ_WRAPPED_BYTES - 32];
    int version = vault->version;
    if (!bj_seal_close_by(BJ_CIPHER_AES_256_GCM, vault->key[version], "transit", plain, bytes,
                          &sealed))
        abort();
    bj_base64_write(sealed.data, sealed.data_bytes, b64);
    snprintf(text, sizeof text, "vault:v%d:%s", version, b64);
    return json_pack("{s:{s:s, s:i}}", "data", "ciphertext", text, "key_version", version);
}

/* NULL: not one of ours. */
static inline bool vault_test_open(vault_test_t *vault, const char *text, uint8_t plain[96],
                                   size_t *bytes) {
    bj_sealed_t sealed = {.key_id = 0};
    if (!text || strncmp(text, "vault:v", 7) != 0 || text[7] < '1' || text[7] > '9') return false;
    size_t pad = strlen(text) - strcspn(text, "=");
    sealed.data_bytes = strlen(text + 9) / 4 * 3 - pad;
    if (sealed.data_bytes > sizeof sealed.data || sealed.data_bytes < BJ_SEAL_MORE_BYTES) {
        return false;
    }
    *bytes = sealed.data_bytes - BJ_SEAL_MORE_BYTES;
    return *bytes <= 96 && bj_base64_read(text + 9, sealed.data, sealed.data_bytes) &&
           bj_seal_open_by(BJ_CIPHER_AES_256_GCM, vault->key[text[7] - '0'], "transit", &sealed,
                           plain, *bytes) == BJ_OK;
}

static inline json_t *vault_test_do(vault_test_t *vault, const char *verb, json_t *body,
                                    int *code) {
    uint8_t plain[96];
    size_t bytes = 0;
    char b64[160];
    const char *text = json_string_value(json_object_get(body, "ciphertext"));
    const char *given = json_string_value(json_object_get(body, "plaintext"));
    if (strcmp(verb, "encrypt") == 0 && given) {
        bytes = strlen(given) / 4 * 3 - (strlen(given) - strcspn(given, "="));
        if (bytes <= sizeof plain && bj_base64_read(given, plain, bytes)) {
            return vault_test_encrypt(vault, plain, bytes);
        }
    } else if (vault_test_open(vault, text, plain, &bytes)) {
        if (strcmp(verb, "rewrap") == 0) return vault_test_encrypt(vault, plain, bytes);
        bj_base64_write(plain, bytes, b64);
        return json_pack("{s:{s:s}}", "data", "plaintext", b64);
    }
    *code = 400;
    return json_pack("{s:[s]}", "errors", "invalid ciphertext: unable to decrypt");
}

static inline json_t *vault_test_answer(vault_test_t *vault, const char *head, const char *body,
                                        int *code) {
    char verb[16] = "";
    *code = 200;
    if (vault->mood == VAULT_SEALED)
        *code = 503;
    else if (vault->mood == VAULT_DENIES || !strstr(head, "X-Vault-Token: " VAULT_TEST_TOKEN)) {
        *code = 403;
    } else if (sscanf(head, "PUT /v1/transit/%15[a-z]/bijli ", verb) != 1)
        *code = 404;
    if (*code != 200)
        return json_pack("{s:[s]}", "errors", *code == 503 ? "Vault is sealed" : "no");
    if (vault->mood == VAULT_GARBAGE) return json_pack("{s:{s:[i]}}", "data", "ciphertext", 1);
    if (vault->mood == VAULT_SHORT) {
        return json_pack("{s:{s:s, s:s}}", "data", "plaintext", "AAAA", "ciphertext", "vault:v1:A");
    }
    json_t *json = json_loads(body, 0, NULL);
    json_t *answer = vault_test_do(vault, verb, json, code);
    json_decref(json);
    return answer;
}

static inline void vault_test_serve(vault_test_t *vault, SSL *ssl) {
    char in[8192] = "", out[4096], *body = NULL;
    size_t at = 0, want = SIZE_MAX;
    int n, code;
    while (at < want && (n = SSL_read(ssl, in + at, (int)(sizeof in - 1 - at))) > 0) {
        in[at += (size_t)n] = '\0';
        const char *length = strstr(in, "Content-Length: ");
        body = strstr(in, "\r\n\r\n");
        if (body && length) want = (size_t)(body + 4 - in) + (size_t)strtoul(length + 16, NULL, 10);
    }
    vault->asked_cnt++;
    if (!body || vault->mood == VAULT_HANGS_UP) return;
    json_t *json = vault_test_answer(vault, in, body + 4, &code);
    char *text = json_dumps(json, JSON_COMPACT);
    n = snprintf(out, sizeof out,
                 "HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                 "Connection: close\r\n\r\n%s",
                 code, strlen(text), text);
    SSL_write(ssl, out, n);
    free(text);
    json_decref(json);
}

static inline void *vault_test_run(void *arg) {
    vault_test_t *vault = arg;
    while (!vault->stop) {
        int fd = accept(vault->fd, NULL, NULL);
        if (fd < 0) break;
        SSL *ssl = SSL_new(vault->ctx);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1) vault_test_serve(vault, ssl);
        SSL_shutdown(ssl);
        SSL_free(ssl);
        close(fd);
    }
    return NULL;
}

static inline void vault_test_certificate(vault_test_t *vault) {
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_set_version(cert, 2);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"localhost", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, pkey);
    X509_EXTENSION *alt = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(cert, alt, -1);
    X509_EXTENSION_free(alt);
    X509_sign(cert, pkey, EVP_sha256());
    SSL_CTX_use_certificate(vault->ctx, cert);
    SSL_CTX_use_PrivateKey(vault->ctx, pkey);
    FILE *file = fopen(vault->ca_file, "w");
    if (!file || !PEM_write_X509(file, cert)) abort();
    fclose(file);
    X509_free(cert);
    EVP_PKEY_free(pkey);
}

static inline void vault_test_listen(vault_test_t *vault) {
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(vault->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t at_bytes = sizeof at;
    int one = 1;
    vault->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(vault->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(vault->fd, (struct sockaddr *)&at, at_bytes) || listen(vault->fd, 16)) abort();
    getsockname(vault->fd, (struct sockaddr *)&at, &at_bytes);
    vault->port = ntohs(at.sin_port);
    snprintf(vault->url, sizeof vault->url, "https://127.0.0.1:%u", vault->port);
    vault->stop = false;
    pthread_create(&vault->thread, NULL, vault_test_run, vault);
}

/* dir: an empty folder; port 0 takes any. */
static inline void vault_test_start(vault_test_t *vault, const char *dir) {
    *vault = (vault_test_t){.version = 1};
    if (getrandom(vault->key, sizeof vault->key, 0) != sizeof vault->key) abort();
    snprintf(vault->ca_file, sizeof vault->ca_file, "%s/ca.pem", dir);
    snprintf(vault->token_file, sizeof vault->token_file, "%s/token", dir);
    FILE *file = fopen(vault->token_file, "w");
    if (!file) abort();
    fputs(VAULT_TEST_TOKEN "\n", file);
    fclose(file);
    vault->ctx = SSL_CTX_new(TLS_server_method());
    vault_test_certificate(vault);
    vault_test_listen(vault);
}

/* As if it were killed: nobody listens; vault_test_listen brings it back on the same port. */
static inline void vault_test_kill(vault_test_t *vault) {
    vault->stop = true;
    shutdown(vault->fd, SHUT_RDWR);
    pthread_join(vault->thread, NULL);
    close(vault->fd);
}

static inline void vault_test_end(vault_test_t *vault) {
    vault_test_kill(vault);
    unlink(vault->ca_file);
    unlink(vault->token_file);
    SSL_CTX_free(vault->ctx);
}

static inline bj_vault_t *vault_test_client(const vault_test_t *vault) {
    const bj_vault_config_t config = {.url = vault->url,
                                      .key = "bijli",
                                      .ca_file = vault->ca_file,
                                      .token_file = vault->token_file,
                                      .timeout_ms = 1000};
    return bj_vault_new(&config);
}

#endif /* VAULT_TEST_H */
