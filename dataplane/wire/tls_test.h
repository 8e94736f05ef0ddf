#ifndef TLS_TEST_H
#define TLS_TEST_H

/* Authorities and certificates as deploy/dev/lib/secrets.sh makes them, in a folder of their own,
 * for the tests of whoever speaks TLS with the gateway. */
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/wire/bj_oe_tls.h"

typedef struct authority {
    EVP_PKEY *key;
    X509     *cert;
    int64_t   serial;
} authority_t;

static char tls_dir[] = "/tmp/bj_tls_XXXXXX";

static inline void tls_path(char out[96], const char *name, const char *ending) {
    snprintf(out, 96, "%s/%s.%s", tls_dir, name, ending);
}

static inline void extend(X509 *cert, X509 *issuer, int what, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, what, value);
    if (!extension || X509_add_ext(cert, extension, -1) != 1) abort();
    X509_EXTENSION_free(extension);
}

static inline X509 *cert_make(const authority_t *by, EVP_PKEY *key, const char *common, long days,
                              int64_t serial) {
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(cert), serial);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)common, -1, -1, 0);
    X509_gmtime_adj(X509_getm_notBefore(cert), -2 * 86400);
    X509_gmtime_adj(X509_getm_notAfter(cert), days * 86400);
    X509_set_pubkey(cert, key);
    X509_set_issuer_name(cert, by->cert ? X509_get_subject_name(by->cert) : name);
    return cert;
}

static inline void keep(const char *name, X509 *cert, EVP_PKEY *key) {
    char path[96];
    tls_path(path, name, "pem");
    FILE *file = fopen(path, "w");
    if (!file || PEM_write_X509(file, cert) != 1 || fclose(file) != 0) abort();
    tls_path(path, name, "key");
    file = fopen(path, "w");
    if (!file || PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        fclose(file) != 0)
        abort();
}

static inline authority_t authority_make(const char *name) {
    authority_t authority = {.key = EVP_EC_gen("P-256")};
    authority.cert = cert_make(&authority, authority.key, name, 400, 1);
    extend(authority.cert, authority.cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    extend(authority.cert, authority.cert, NID_key_usage, "critical,keyCertSign");
    if (!X509_sign(authority.cert, authority.key, EVP_sha256())) abort();
    keep(name, authority.cert, authority.key);
    return authority;
}

/* names: as openssl's subjectAltName has them; NULL: none.  The key is the certificate's. */
static inline void issue_for(EVP_PKEY *key, authority_t *by, const char *name, const char *usage,
                             const char *names, long days) {
    X509 *cert = cert_make(by, key, name, days, ++by->serial + 1);
    extend(cert, by->cert, NID_basic_constraints, "critical,CA:FALSE");
    extend(cert, by->cert, NID_key_usage, "critical,digitalSignature");
    extend(cert, by->cert, NID_ext_key_usage, usage);
    if (names) extend(cert, by->cert, NID_subject_alt_name, names);
    if (!X509_sign(cert, by->key, EVP_sha256())) abort();
    keep(name, cert, key);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static inline void issue(authority_t *by, const char *name, const char *usage, const char *names,
                         long days) {
    issue_for(EVP_EC_gen("P-256"), by, name, usage, names, days);
}

static inline void authority_free(authority_t *authority) {
    X509_free(authority->cert);
    EVP_PKEY_free(authority->key);
}

/* Two authorities, their gateways, and clients good and bad. */
static inline void tls_make(void) {
    if (!mkdtemp(tls_dir)) abort();
    authority_t ours = authority_make("ca"), theirs = authority_make("ca2");
    issue(&ours, "gateway", "serverAuth", "DNS:" BJ_OE_TLS_HOST, 30);
    issue(&ours, "host", "serverAuth", "DNS:localhost", 30);
    issue(&ours, "primary", "serverAuth", "DNS:" BJ_OE_TLS_PRIMARY, 30);
    issue(&ours, "standby", "clientAuth", "DNS:" BJ_OE_TLS_STANDBY, 30);
    issue(&ours, "desk", "clientAuth", "URI:bijli:session:desk", 30);
    issue(&ours, "maker", "clientAuth", "DNS:desk,URI:bijli:session:maker", 30);
    issue(&ours, "nameless", "clientAuth", NULL, 30);
    issue(&ours, "other", "clientAuth", "DNS:desk,URI:https://desk", 30);
    issue(&ours, "empty", "clientAuth", "URI:bijli:session:", 30);
    issue(&ours, "long", "clientAuth", "URI:bijli:session:sixteen-letters-", 30);
    issue(&ours, "two", "clientAuth", "URI:bijli:session:desk,URI:bijli:session:maker", 30);
    issue(&ours, "old", "clientAuth", "URI:bijli:session:desk", -1);
    issue(&ours, "server", "serverAuth", "URI:bijli:session:desk", 30);
    issue_for(EVP_EC_gen("P-384"), &ours, "p384", "clientAuth", "URI:bijli:session:desk", 30);
    issue_for(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &ours, "ed25519", "clientAuth",
              "URI:bijli:session:desk", 30);
    issue(&theirs, "gateway2", "serverAuth", "DNS:" BJ_OE_TLS_HOST, 30);
    issue(&theirs, "desk2", "clientAuth", "URI:bijli:session:desk", 30);
    authority_free(&ours);
    authority_free(&theirs);
}

static inline void tls_unmake(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", tls_dir);
    if (system(command) != 0) abort();
}

static inline SSL_CTX *tls_context(const char *ca, const char *cert, bj_oe_tls_side_t side) {
    char paths[3][96];
    const char *error;
    tls_path(paths[0], ca, "pem"), tls_path(paths[1], cert, "pem"), tls_path(paths[2], cert, "key");
    const bj_oe_tls_files_t files = {paths[0], paths[1], paths[2]};
    SSL_CTX *context = bj_oe_tls_context(&files, side, &error);
    if (!context) fprintf(stderr, "%s: %s\n", cert, error), abort();
    return context;
}

#endif /* TLS_TEST_H */
