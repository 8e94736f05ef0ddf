/* Goal: a program whose SSL_read, SSL_write and SSL_get_error are not ours speaks no TLS to NATS.
 * Here they are hidden, as a linker's option or a library that was loaded first would have it. */
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <unistd.h>

int SSL_read(SSL *ssl, void *into, int room) __attribute__((visibility("hidden")));
int SSL_write(SSL *ssl, const void *data, int n) __attribute__((visibility("hidden")));
int SSL_get_error(const SSL *ssl, int rc) __attribute__((visibility("hidden")));
/* In this file, so that the library's own is not taken. */
#include "controlplane/bus/bj_bus_tls.c"

#include "controlplane/bus/bj_bus.h"
#include "dataplane/base/bj_test.h"

/* One that can be read, so that it is not refused for that. */
static void put_ca(int fd) {
    X509 *cert = X509_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *out = fdopen(fd, "w");
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    BJ_CHECK(out && X509_set_pubkey(cert, key) == 1 && X509_sign(cert, key, EVP_sha256()) > 0 &&
             PEM_write_X509(out, cert) == 1 && fclose(out) == 0);
    X509_free(cert);
    EVP_PKEY_free(key);
}

int main(void) {
    char ca_file[] = "/tmp/test_bj_bus_tls.XXXXXX";
    put_ca(mkstemp(ca_file));
    BJ_CHECK(!bj_bus_tls_guard());
    const bj_bus_login_t login = {.url = "tls://127.0.0.1:1", .name = "test", .ca_file = ca_file};
    BJ_CHECK(bj_bus_open(&login) == NULL);
    unlink(ca_file);
    /* Where there is no TLS there is nothing to guard. */
    const bj_bus_login_t clear = {.url = "nats://127.0.0.1:1", .name = "test"};
    bj_bus_t *bus = bj_bus_open(&clear);
    BJ_CHECK(bus != NULL);
    if (bus) bj_bus_close(bus);
    return bj_test_end("test_bj_bus_tls");
}
