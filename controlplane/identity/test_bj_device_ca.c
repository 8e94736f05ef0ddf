/* Goal: a device's request is whole, of a good key and signed by it, or none; what it gets is a
 * client's certificate of this CA and says nothing else; and which browsers are new enough. */
#include <openssl/rsa.h>
#include <unistd.h>
#include "controlplane/identity/bj_browser.h"
#include "controlplane/identity/bj_context.h"
#include "controlplane/identity/device_test.h"
#include "dataplane/base/bj_test.h"

static char dir[] = "/tmp/test_bj_device_ca.XXXXXX", cert_file[64], key_file[64];

static void test_requests(void) {
    uint8_t der[BJ_DEVICE_REQUEST_MAX_BYTES + 1], hash[32], other[32];
    size_t n = device_test_request(EVP_EC_gen("P-256"), der);
    BJ_CHECK(bj_device_request_good(der, n, hash));
    for (size_t cut = 0; cut < n; cut++)
        BJ_CHECK(!bj_device_request_good(der, cut, other));
    BJ_CHECK(!bj_device_request_good(der, n + 1, other)); /* something behind it */
    size_t taken = 0;
    for (size_t i = 0; i < n; i++) {
        der[i] ^= 1;
        /* The same key and a signature of it, written in another way, at most. */
        taken += bj_device_request_good(der, n, other) && memcmp(hash, other, 32) != 0;
        der[i] ^= 1;
    }
    BJ_CHECK(taken == 0 && bj_device_request_good(der, n, other) && !memcmp(hash, other, 32));
    n = device_test_request(EVP_EC_gen("P-384"), der);
    BJ_CHECK(bj_device_request_good(der, n, other) && memcmp(hash, other, 32) != 0);
    n = device_test_request(EVP_EC_gen("P-521"), der);
    BJ_CHECK(!bj_device_request_good(der, n, other));
    n = device_test_request(EVP_RSA_gen(2048), der);
    BJ_CHECK(!bj_device_request_good(der, n, other));
    BJ_CHECK(!bj_device_request_good(der, sizeof der, other));
}

static void test_sign(void) {
    char error[BJ_DEVICE_ERROR_BYTES];
    uint8_t der[BJ_DEVICE_REQUEST_MAX_BYTES];
    bj_device_cert_t a, b;
    size_t n = device_test_request(EVP_EC_gen("P-256"), der);
    bj_device_ca_t *ca = bj_device_ca_new(cert_file, key_file, error);
    BJ_CHECK(ca && !error[0]);
    int64_t now_s = 1795518289;
    BJ_CHECK(bj_device_sign(ca, der, n, 7, now_s, &a) && bj_device_sign(ca, der, n, 7, now_s, &b));
    BJ_CHECK(!bj_device_sign(ca, der, n - 1, 7, now_s, &b));
    BJ_CHECK(strlen(a.serial) == 32 && strchr("4567", a.serial[0]) && strcmp(a.serial, b.serial));
    BJ_CHECK(strspn(a.serial, "0123456789ABCDEF") == 32);
    BJ_CHECK(a.expires_s == now_s + 365 * 86400);
    const unsigned char *at = a.der;
    X509 *cert = d2i_X509(NULL, &at, (long)a.der_bytes);
    FILE *file = fopen(cert_file, "r");
    X509 *issuer = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    BJ_CHECK(cert && at == a.der + a.der_bytes && X509_verify(cert, X509_get0_pubkey(issuer)) == 1);
    BJ_CHECK(X509_check_ca(cert) == 0 && X509_get_extended_key_usage(cert) == XKU_SSL_CLIENT);
    BJ_CHECK(X509_get_key_usage(cert) == KU_DIGITAL_SIGNATURE);
    BJ_CHECK(X509_check_purpose(cert, X509_PURPOSE_SSL_CLIENT, 0) == 1);
    BJ_CHECK(X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0) == 0);
    /* As nginx says it. */
    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get_serialNumber(cert), NULL);
    char *hex = BN_bn2hex(serial);
    BJ_CHECK(!strcmp(hex, a.serial));
    OPENSSL_free(hex);
    BN_free(serial);
    X509_free(issuer);
    X509_free(cert);
    bj_device_ca_free(ca);
}

static void test_files(void) {
    char error[BJ_DEVICE_ERROR_BYTES], other_cert[64], other_key[64];
    snprintf(other_cert, sizeof other_cert, "%s/other", dir);
    snprintf(other_key, sizeof other_key, "%s/other.key", dir);
    device_test_ca(other_cert, other_key, "CA:FALSE");
    BJ_CHECK(!bj_device_ca_new("", "", error) && strstr(error, "device_ca_file must"));
    BJ_CHECK(!bj_device_ca_new(cert_file, "/nowhere", error) &&
             strstr(error, "device_ca_key_file"));
    BJ_CHECK(!bj_device_ca_new(cert_file, other_key, error) && strstr(error, "not one CA's"));
    BJ_CHECK(!bj_device_ca_new(other_cert, other_key, error) && strstr(error, "not one CA's"));
    unlink(other_cert);
    unlink(other_key);
}

#define CHROME "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
static const struct {
    const char *agent, *brands;
    bool fits;
} browsers[] = {
    {CHROME "140.0.0.0 Safari/537.36", NULL, true},
    {CHROME "139.0.0.0 Safari/537.36", NULL, false},
    {CHROME "140.0.0.0 Safari/537.36", "\"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"", true},
    {CHROME "140.0.0.0 Safari/537.36", "\"Chromium\";v=\"130\"", false}, /* the older counts */
    {CHROME "130.0.0.0 Safari/537.36", "\"Chromium\";v=\"140\"", false},
    {CHROME "150.0.0.0 Safari/537.36 Edg/150.0.0.0", NULL, false}, /* none of staff's */
    {CHROME "150.0.0.0 Safari/537.36 OPR/121.0", NULL, true},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", NULL, true},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", NULL, false},
    {"Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1",
     NULL, true},
    {"curl/8", NULL, false},
    {"Firefox/", NULL, false},
    {"Firefox/99999999999999999999", NULL, false},
    {"", NULL, false},
    {NULL, "\"Chromium\";v=\"140\"", false},
};

static void test_browsers(void) {
    bj_browser_min_t min = {.asked = true}, any = {.asked = false};
    min.major[BJ_BROWSER_chrome] = 140;
    min.major[BJ_BROWSER_firefox] = 128;
    min.major[BJ_BROWSER_safari] = 18;
    min.major[BJ_BROWSER_opera] = 120;
    for (size_t i = 0; i < BJ_COUNT(browsers); i++) {
        bool got = bj_browser_fits(&min, browsers[i].agent, browsers[i].brands);
        BJ_CHECK(got == browsers[i].fits);
        if (got != browsers[i].fits) fprintf(stderr, "  row %zu\n", i);
        BJ_CHECK(bj_browser_fits(&any, browsers[i].agent, browsers[i].brands));
    }
}

#define MINE "4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
static void test_fit(void) {
    static const struct {
        bj_role_t role;
        bool demanded;
        const char *begun, *shown;
        int64_t to_ns;
        bool due;
    } rows[] = {
        {BJ_ROLE_ADMIN, true, MINE, MINE, 100, false},
        {BJ_ROLE_ADMIN, true, MINE, MINE, 50, true}, /* over */
        {BJ_ROLE_ADMIN, true, MINE, NULL, 100, true},
        {BJ_ROLE_ADMIN, true, MINE, "5" MINE, 100, true},
        {BJ_ROLE_ADMIN, true, "", MINE, 0, true}, /* shown later: not the one it was begun by */
        {BJ_ROLE_ADMIN, true, "", NULL, 0, true},
        {BJ_ROLE_ADMIN, false, "", NULL, 0, false},
        {BJ_ROLE_ADMIN, false, MINE, NULL, 100, true}, /* begun by one, so it stays with it */
        {BJ_ROLE_CLIENT, true, "", NULL, 0, false},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_context_rules_t rules = {.staff_device = rows[i].demanded};
        const bj_context_t context = {.device = rows[i].shown};
        bj_caller_t caller = {.role = rows[i].role, .device_to_ns = rows[i].to_ns};
        snprintf(caller.device, sizeof caller.device, "%s", rows[i].begun);
        bj_context_fit(&rules, &context, 50, &caller);
        BJ_CHECK(caller.device_due == rows[i].due && !caller.browser_old);
        if (caller.device_due != rows[i].due) fprintf(stderr, "  row %zu\n", i);
    }
}

int main(void) {
    BJ_CHECK(mkdtemp(dir));
    snprintf(cert_file, sizeof cert_file, "%s/ca", dir);
    snprintf(key_file, sizeof key_file, "%s/ca.key", dir);
    device_test_ca(cert_file, key_file, "CA:TRUE");
    test_requests();
    test_sign();
    test_files();
    test_browsers();
    test_fit();
    unlink(cert_file);
    unlink(key_file);
    rmdir(dir);
    return bj_test_end("test_bj_device_ca");
}
