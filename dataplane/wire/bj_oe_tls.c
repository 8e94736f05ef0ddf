#include "dataplane/wire/bj_oe_tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include "dataplane/base/bj_hash.h"

enum { CHAIN_BYTES = 8192 };

/* What a hello may have of that whose length OpenSSL multiplies or looks up one by one: it takes
 * 131 KB of it from anybody, and asks for each key share whether it is among the groups. */
static const struct {
    unsigned type;
    size_t   bytes;
} hello_parts[] = {{TLSEXT_TYPE_supported_groups, 2 + 64 * 2},
                   {TLSEXT_TYPE_key_share, 2048}, /* room for X25519MLKEM768 */
                   {TLSEXT_TYPE_signature_algorithms, 2 + 64 * 2},
                   {TLSEXT_TYPE_signature_algorithms_cert, 2 + 64 * 2}};
enum { HELLO_CIPHERS_BYTES = 64 * 2 };

static int on_hello(SSL *ssl, int *alert, void *ctx) {
    const unsigned char *data;
    size_t bytes;
    bool fits = SSL_client_hello_get0_ciphers(ssl, &data) <= HELLO_CIPHERS_BYTES;
    (void)ctx;
    for (size_t i = 0; fits && i < BJ_COUNT(hello_parts); i++)
        fits = SSL_client_hello_get0_ext(ssl, hello_parts[i].type, &data, &bytes) != 1 ||
               bytes <= hello_parts[i].bytes;
    if (fits) return SSL_CLIENT_HELLO_SUCCESS;
    ERR_raise(ERR_LIB_SSL, SSL_R_EXCESSIVE_MESSAGE_SIZE); /* before OpenSSL's "callback failed" */
    *alert = SSL_AD_ILLEGAL_PARAMETER;
    return SSL_CLIENT_HELLO_ERROR;
}

static bool rules_set(SSL_CTX *context, bj_oe_tls_side_t side) {
    /* No tickets: a session that is resumed would not show its certificate. */
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context,
                       side == BJ_OE_TLS_GATEWAY
                           ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                           : SSL_VERIFY_PEER,
                       NULL);
    SSL_CTX_set_verify_depth(context, 1); /* one authority between, at most */
    SSL_CTX_set_max_cert_list(context, CHAIN_BYTES);
    if (side == BJ_OE_TLS_GATEWAY) SSL_CTX_set_client_hello_cb(context, on_hello, NULL);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1 &&
           SSL_CTX_set_max_early_data(context, 0) == 1 &&
           SSL_CTX_set1_sigalgs_list(context, "ecdsa_secp256r1_sha256") == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1;
}

/* The first thing that is not as it should be. */
static const char *files_load(SSL_CTX *context, const bj_oe_tls_files_t *files) {
    if (SSL_CTX_load_verify_locations(context, files->ca, NULL) != 1)
        return "ca_file must be a readable PEM file of certificates";
    if (SSL_CTX_use_certificate_chain_file(context, files->cert) != 1)
        return "cert_file must be a readable PEM file of a certificate";
    if (SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) != 1)
        return "the certificate's key must be a readable PEM file, and the certificate's";
    return SSL_CTX_check_private_key(context) == 1 ? NULL : "the key is another certificate's";
}

SSL_CTX *bj_oe_tls_context(const bj_oe_tls_files_t *files, bj_oe_tls_side_t side,
                           const char **error) {
    SSL_CTX *context =
        SSL_CTX_new(side == BJ_OE_TLS_GATEWAY ? TLS_server_method() : TLS_client_method());
    *error = context && rules_set(context, side) ? files_load(context, files) : "no memory";
    if (!*error) return context;
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}

/* A file that is put in another's place has another number, one that is written another time. */
uint64_t bj_oe_tls_stamp(const bj_oe_tls_files_t *files) {
    const char *paths[] = {files->ca, files->cert, files->key};
    uint64_t stamp = BJ_FNV_OFFSET;
    for (size_t i = 0; i < BJ_COUNT(paths); i++) {
        struct stat found = {0};
        (void)stat(paths[i], &found);
        const uint64_t parts[] = {(uint64_t)found.st_ino, (uint64_t)found.st_mtim.tv_sec,
                                  (uint64_t)found.st_mtim.tv_nsec};
        stamp = bj_fnv1a(stamp, parts, sizeof parts);
    }
    return stamp;
}

/* --- names --- */
/* 0: it is none of ours; else how long the session's name is, or more than one may be. */
static size_t name_bytes(const GENERAL_NAME *at, const char **name) {
    enum { HEAD_BYTES = sizeof BJ_OE_TLS_SESSION - 1 };
    if (at->type != GEN_URI) return 0;
    const char *text = (const char *)ASN1_STRING_get0_data(at->d.uniformResourceIdentifier);
    int bytes = ASN1_STRING_length(at->d.uniformResourceIdentifier);
    if (bytes < HEAD_BYTES || memcmp(text, BJ_OE_TLS_SESSION, HEAD_BYTES) != 0) return 0;
    *name = text + HEAD_BYTES;
    size_t name_len = (size_t)(bytes - HEAD_BYTES);
    return name_len && !memchr(*name, '\0', name_len) ? name_len : BJ_OE_NAME_BYTES;
}

bool bj_oe_tls_session(X509 *cert, char name[BJ_OE_NAME_BYTES]) {
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    unsigned found = 0;
    memset(name, 0, BJ_OE_NAME_BYTES);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const char *text = NULL;
        size_t bytes = name_bytes(sk_GENERAL_NAME_value(names, i), &text);
        if (!bytes) continue;
        if (bytes < BJ_OE_NAME_BYTES) memcpy(name, text, bytes);
        found += bytes < BJ_OE_NAME_BYTES ? 1 : 2;
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error();
    return found == 1;
}
