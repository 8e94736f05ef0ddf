#include "controlplane/identity/bj_device_ca.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct bj_device_ca {
    X509 *cert;
    EVP_PKEY *key;
};

static void request_free(X509_REQ **request) {
    X509_REQ_free(*request);
}
static void cert_free(X509 **cert) {
    X509_free(*cert);
}
#define REQUEST __attribute__((cleanup(request_free))) X509_REQ
#define CERT __attribute__((cleanup(cert_free))) X509

static FILE *open_pem(const char *path) {
    return path && *path ? fopen(path, "re") : NULL;
}

bj_device_ca_t *bj_device_ca_new(const char *cert_file, const char *key_file,
                                 char error[BJ_DEVICE_ERROR_BYTES]) {
    bj_device_ca_t *ca = calloc(1, sizeof *ca);
    if (!ca) abort();
    FILE *cert = open_pem(cert_file), *key = open_pem(key_file);
    if (cert) ca->cert = PEM_read_X509(cert, NULL, NULL, NULL);
    if (key) ca->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
    if (cert) fclose(cert);
    if (key) fclose(key);
    const char *wrong =
        !ca->cert  ? "identity.device_ca_file must be a certificate, as PEM"
        : !ca->key ? "identity.device_ca_key_file must be its key, as PEM"
        : X509_check_private_key(ca->cert, ca->key) != 1 || X509_check_ca(ca->cert) != 1
            ? "identity.device_ca_file and device_ca_key_file are not one CA's"
            : NULL;
    snprintf(error, BJ_DEVICE_ERROR_BYTES, "%s", wrong ? wrong : "");
    if (!wrong) return ca;
    bj_device_ca_free(ca);
    return NULL;
}

void bj_device_ca_free(bj_device_ca_t *ca) {
    if (!ca) return;
    X509_free(ca->cert);
    EVP_PKEY_free(ca->key);
    free(ca);
}

static bool key_good(const EVP_PKEY *key) {
    char group[32] = "";
    return key && EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
           (strcmp(group, "prime256v1") == 0 || strcmp(group, "secp384r1") == 0);
}

/* All of der, or NULL. */
static X509_REQ *read_request(const uint8_t *der, size_t der_bytes) {
    const unsigned char *at = der;
    if (der_bytes > BJ_DEVICE_REQUEST_MAX_BYTES) return NULL;
    X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)der_bytes);
    EVP_PKEY *key = request ? X509_REQ_get0_pubkey(request) : NULL;
    if (request && at == der + der_bytes && key_good(key) && X509_REQ_verify(request, key) == 1) {
        return request;
    }
    X509_REQ_free(request);
    return NULL;
}

bool bj_device_request_good(const uint8_t *der, size_t der_bytes, uint8_t key_hash[32]) {
    REQUEST *request = read_request(der, der_bytes);
    unsigned char *spki = NULL;
    if (!request) return false;
    int n = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &spki);
    bool ok = n > 0 && EVP_Digest(spki, (size_t)n, key_hash, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(spki);
    return ok;
}

static bool put_serial(X509 *cert, char out[BJ_DEVICE_SERIAL_BYTES]) {
    uint8_t raw[16];
    if (RAND_bytes(raw, sizeof raw) != 1) return false;
    raw[0] = (uint8_t)(0x40 | (raw[0] & 0x3f)); /* sixteen bytes, and no sign */
    for (size_t i = 0; i < sizeof raw; i++)
        snprintf(out + 2 * i, 3, "%02X", raw[i]);
    BIGNUM *number = BN_bin2bn(raw, sizeof raw, NULL);
    bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    return ok;
}

static bool put_extension(X509 *cert, const bj_device_ca_t *ca, int nid, const char *value) {
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, ca->cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = extension && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool put_subject(X509 *cert, uint64_t device_id) {
    char name[48];
    snprintf(name, sizeof name, "bijli device %llu", (unsigned long long)device_id);
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                      (const unsigned char *)name, -1, -1, 0) == 1;
}

static bool fill(const bj_device_ca_t *ca, X509 *cert, X509_REQ *request, uint64_t device_id,
                 int64_t now_s, bj_device_cert_t *out) {
    static const struct {
        int nid;
        const char *value;
    } extensions[] = {{NID_basic_constraints, "critical,CA:FALSE"},
                      {NID_key_usage, "critical,digitalSignature"},
                      {NID_ext_key_usage, "clientAuth"}};
    out->expires_s = now_s + (int64_t)BJ_DEVICE_DAYS * 24 * 3600;
    /* An hour before: its own clock may be behind. */
    bool ok = X509_set_version(cert, X509_VERSION_3) == 1 && put_serial(cert, out->serial) &&
              put_subject(cert, device_id) &&
              X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)) == 1 &&
              ASN1_TIME_set(X509_getm_notBefore(cert), now_s - 3600) &&
              ASN1_TIME_set(X509_getm_notAfter(cert), out->expires_s) &&
              X509_set_pubkey(cert, X509_REQ_get0_pubkey(request)) == 1;
    for (size_t i = 0; ok && i < BJ_COUNT(extensions); i++) {
        ok = put_extension(cert, ca, extensions[i].nid, extensions[i].value);
    }
    return ok && X509_sign(cert, ca->key, EVP_sha256()) > 0;
}

bool bj_device_sign(const bj_device_ca_t *ca, const uint8_t *der, size_t der_bytes,
                    uint64_t device_id, int64_t now_s, bj_device_cert_t *out) {
    REQUEST *request = read_request(der, der_bytes);
    CERT *cert = X509_new();
    unsigned char *at = out->der;
    if (!request || !cert || !fill(ca, cert, request, device_id, now_s, out)) return false;
    int n = i2d_X509(cert, NULL);
    if (n <= 0 || n > BJ_DEVICE_CERT_MAX_BYTES) return false;
    out->der_bytes = (size_t)i2d_X509(cert, &at);
    return true;
}
