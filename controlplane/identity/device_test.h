#ifndef BJ_DEVICE_TEST_H
#define BJ_DEVICE_TEST_H

/* device_test - a CA of devices and requests of them, for tests only. */
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/identity/bj_device_ca.h"

static inline void device_test_put(const char *path, X509 *cert, EVP_PKEY *key) {
    FILE *file = fopen(path, "w");
    bool ok = file && (cert ? PEM_write_X509(file, cert)
                            : PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    if (!ok || fclose(file) != 0) abort();
}

/* ca "CA:TRUE" or "CA:FALSE": its certificate into cert_file, its key into key_file. */
static inline void device_test_ca(const char *cert_file, const char *key_file, const char *ca) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, ca);
    X509_NAME *name = X509_get_subject_name(cert);
    bool ok = key && extension && X509_set_version(cert, X509_VERSION_3) &&
              ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
              X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test",
                                         -1, -1, 0) &&
              X509_set_issuer_name(cert, name) && X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
              X509_gmtime_adj(X509_getm_notAfter(cert), 3600) && X509_set_pubkey(cert, key) &&
              X509_add_ext(cert, extension, -1) && X509_sign(cert, key, EVP_sha256());
    if (!ok) abort();
    device_test_put(cert_file, cert, NULL);
    device_test_put(key_file, NULL, key);
    X509_EXTENSION_free(extension);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* Of a key that is given away. */
static inline size_t device_test_request(EVP_PKEY *key, uint8_t der[BJ_DEVICE_REQUEST_MAX_BYTES]) {
    X509_REQ *request = X509_REQ_new();
    unsigned char *at = der;
    bool ok = key && request && X509_REQ_set_pubkey(request, key) &&
              X509_REQ_sign(request, key, EVP_sha256());
    int n = ok ? i2d_X509_REQ(request, &at) : -1;
    if (n <= 0) abort();
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return (size_t)n;
}

#endif /* BJ_DEVICE_TEST_H */
