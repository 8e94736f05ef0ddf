#include "controlplane/cli/bj_cli_device_key.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <unistd.h>

enum { DER_BYTES = 2048 };

static void key_free(EVP_PKEY **key) {
    EVP_PKEY_free(*key);
}
static void request_free(X509_REQ **request) {
    X509_REQ_free(*request);
}
static void cert_free(X509 **cert) {
    X509_free(*cert);
}
static void p12_free(PKCS12 **p12) {
    PKCS12_free(*p12);
}
static void file_close(FILE **file) {
    if (*file) fclose(*file);
}
#define KEY __attribute__((cleanup(key_free))) EVP_PKEY
#define REQUEST __attribute__((cleanup(request_free))) X509_REQ
#define CERT __attribute__((cleanup(cert_free))) X509
#define P12 __attribute__((cleanup(p12_free))) PKCS12
#define OPEN __attribute__((cleanup(file_close))) FILE

static FILE *create(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

static const char *write_request(X509_REQ *request, char out[BJ_CLI_REQUEST_TEXT_BYTES]) {
    uint8_t der[DER_BYTES], *at = der;
    int n = i2d_X509_REQ(request, NULL);
    if (n <= 0 || n > DER_BYTES) return "the request is too large";
    n = i2d_X509_REQ(request, &at);
    bj_base64url_write(der, (size_t)n, out);
    return NULL;
}

const char *bj_cli_device_make(const char *key_file, char request[BJ_CLI_REQUEST_TEXT_BYTES]) {
    KEY *key = EVP_EC_gen("P-256");
    REQUEST *made = X509_REQ_new();
    if (!key || !made || X509_REQ_set_version(made, X509_REQ_VERSION_1) != 1 ||
        X509_REQ_set_pubkey(made, key) != 1 || X509_REQ_sign(made, key, EVP_sha256()) <= 0) {
        return "no key could be made";
    }
    OPEN *file = create(key_file);
    if (!file) return "--key: that file is there, or cannot be made";
    if (PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1) {
        return "--key: that file cannot be written";
    }
    return write_request(made, request);
}

const char *bj_cli_device_csr(const char *csr_file, char request[BJ_CLI_REQUEST_TEXT_BYTES]) {
    OPEN *file = fopen(csr_file, "re");
    if (!file) return "--csr: that file cannot be read";
    REQUEST *read = PEM_read_X509_REQ(file, NULL, NULL, NULL);
    return read ? write_request(read, request) : "--csr: that file is no request (PKCS#10, PEM)";
}

static X509 *read_cert(const char *certificate) {
    uint8_t der[DER_BYTES];
    const unsigned char *at = der;
    size_t der_bytes;
    if (!bj_base64url_read(certificate, der, sizeof der, &der_bytes)) return NULL;
    return d2i_X509(NULL, &at, (long)der_bytes);
}

const char *bj_cli_device_pem(const char *certificate, const char *out_file) {
    CERT *cert = read_cert(certificate);
    if (!cert) return "it has no certificate yet: somebody else has to say yes";
    OPEN *file = create(out_file);
    if (!file) return "--out: that file is there, or cannot be made";
    return PEM_write_X509(file, cert) == 1 ? NULL : "--out: that file cannot be written";
}

/* 120 bits, in letters and digits that nobody mistakes for each other. */
static bool make_password(char out[BJ_CLI_PASSWORD_BYTES]) {
    static const char signs[] = "abcdefghijkmnpqrstuvwxyz23456789";
    uint8_t raw[BJ_CLI_PASSWORD_BYTES - 1];
    if (RAND_bytes(raw, sizeof raw) != 1) return false;
    for (size_t i = 0; i < sizeof raw; i++)
        out[i] = signs[raw[i] % (sizeof signs - 1)];
    out[sizeof raw] = '\0';
    return true;
}

const char *bj_cli_device_p12(const char *certificate, const char *key_file, const char *out_file,
                              char password[BJ_CLI_PASSWORD_BYTES]) {
    CERT *cert = read_cert(certificate);
    if (!cert) return "it has no certificate yet: somebody else has to say yes";
    OPEN *from = fopen(key_file, "re");
    KEY *key = from ? PEM_read_PrivateKey(from, NULL, NULL, NULL) : NULL;
    if (!key) return "--key: that file is no key (PEM)";
    if (X509_check_private_key(cert, key) != 1) return "--key: that is another device's key";
    if (!make_password(password)) return "no random numbers";
    P12 *p12 = PKCS12_create(password, "bijli", key, cert, NULL, 0, 0, 0, 0, 0);
    OPEN *file = p12 ? create(out_file) : NULL;
    if (!file) return "--out: that file is there, or cannot be made";
    return i2d_PKCS12_fp(file, p12) == 1 ? NULL : "--out: that file cannot be written";
}
