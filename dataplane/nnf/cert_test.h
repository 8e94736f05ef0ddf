#ifndef BJ_CERT_TEST_H
#define BJ_CERT_TEST_H

/* cert_test - a key and a certificate that it signed itself, in two files; for tests only. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>

static inline bool cert_test_make(const char *cert_file, const char *key_file) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)"router", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    bool ok = X509_sign(cert, key, EVP_sha256()) > 0;
    FILE *out = fopen(cert_file, "w");
    ok = ok && out && PEM_write_X509(out, cert) == 1 && fclose(out) == 0;
    out = fopen(key_file, "w");
    ok = ok && out && PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1;
    ok = ok && fclose(out) == 0;
    X509_free(cert);
    EVP_PKEY_free(key);
    return ok;
}

#endif /* BJ_CERT_TEST_H */
