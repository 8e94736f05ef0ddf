/* Goal: what the issuer signed of our certificate, that it is good, is shown to who asks, until it
 * ends; and nothing else. */
#include "controlplane/edge/bj_staple.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

typedef struct party {
    X509     *cert;
    EVP_PKEY *key;
} party_t;

static party_t ca, own, stranger;
static char file[96];

static party_t party_new(const char *name, long serial, const party_t *by) {
    party_t made = {.cert = X509_new(), .key = EVP_EC_gen("P-256")};
    X509_set_version(made.cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.cert), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.cert), 3600);
    X509_set_pubkey(made.cert, made.key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made.cert, X509_get_subject_name(by ? by->cert : made.cert));
    if (!by) {
        X509_EXTENSION *is_ca =
            X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
        X509_add_ext(made.cert, is_ca, -1);
        X509_EXTENSION_free(is_ca);
    }
    BJ_CHECK(X509_sign(made.cert, by ? by->key : made.key, EVP_sha256()) > 0);
    return made;
}
static void party_free(party_t *party) {
    X509_free(party->cert);
    EVP_PKEY_free(party->key);
}

typedef struct answer_case {
    const char    *what;
    const party_t *of, *by;
    int            status;
    long           from_s, until_s; /* from now; until 0: it does not say */
    bool           shown;
} answer_case_t;

static const answer_case_t cases[] = {
    {"good", &own, &ca, V_OCSP_CERTSTATUS_GOOD, -60, 600, true},
    {"taken back", &own, &ca, V_OCSP_CERTSTATUS_REVOKED, -60, 600, false},
    {"nobody knows", &own, &ca, V_OCSP_CERTSTATUS_UNKNOWN, -60, 600, false},
    {"of another", &stranger, &ca, V_OCSP_CERTSTATUS_GOOD, -60, 600, false},
    {"by somebody else", &own, &stranger, V_OCSP_CERTSTATUS_GOOD, -60, 600, false},
    {"by itself", &own, &own, V_OCSP_CERTSTATUS_GOOD, -60, 600, false},
    {"ended", &own, &ca, V_OCSP_CERTSTATUS_GOOD, -600, -1, false},
    {"for ever", &own, &ca, V_OCSP_CERTSTATUS_GOOD, -60, 0, false},
    {"of next week", &own, &ca, V_OCSP_CERTSTATUS_GOOD, 600000, 700000, false},
};

static void put(const void *bytes, size_t n) {
    char fresh[112];
    snprintf(fresh, sizeof fresh, "%s.new", file);
    FILE *out = fopen(fresh, "wb");
    BJ_CHECK(out && fwrite(bytes, 1, n, out) == n && fclose(out) == 0);
    BJ_CHECK(rename(fresh, file) == 0);
}

static void answer(const answer_case_t *c) {
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, c->of->cert, ca.cert);
    ASN1_TIME *from = X509_gmtime_adj(NULL, c->from_s), *revoked = X509_gmtime_adj(NULL, -30);
    ASN1_TIME *until = c->until_s ? X509_gmtime_adj(NULL, c->until_s) : NULL;
    BJ_CHECK(OCSP_basic_add1_status(basic, id, c->status, OCSP_REVOKED_STATUS_NOSTATUS, revoked,
                                    from, until) != NULL);
    BJ_CHECK(OCSP_basic_sign(basic, c->by->cert, c->by->key, EVP_sha256(), NULL, 0) == 1);
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    uint8_t *der = NULL;
    int n = i2d_OCSP_RESPONSE(response, &der);
    BJ_CHECK(n > 0);
    put(der, (size_t)n);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    ASN1_TIME_free(revoked);
}

/* How many bytes a client is shown that asks. */
static long shown_to_client(SSL_CTX *server_tls) {
    SSL_CTX *client_tls = SSL_CTX_new(TLS_client_method());
    SSL *server = SSL_new(server_tls), *client = SSL_new(client_tls);
    BIO *a, *b;
    const unsigned char *der;
    BJ_CHECK(BIO_new_bio_pair(&a, 0, &b, 0) == 1);
    SSL_set_bio(server, a, a);
    SSL_set_bio(client, b, b);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    SSL_set_tlsext_status_type(client, TLSEXT_STATUSTYPE_ocsp);
    for (int i = 0; i < 10 && !SSL_is_init_finished(client); i++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
    BJ_CHECK(SSL_is_init_finished(client));
    long n = SSL_get_tlsext_status_ocsp_resp(client, &der);
    SSL_free(server);
    SSL_free(client);
    SSL_CTX_free(client_tls);
    return n;
}

static SSL_CTX *tls_new(bool with_issuer) {
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    BJ_CHECK(SSL_CTX_use_certificate(tls, own.cert) == 1 &&
             SSL_CTX_use_PrivateKey(tls, own.key) == 1);
    if (with_issuer) BJ_CHECK(SSL_CTX_add1_chain_cert(tls, ca.cert) == 1);
    return tls;
}

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        SSL_CTX *tls = tls_new(true);
        bj_staple_t *staple = bj_staple_new(tls, file);
        answer(&cases[i]);
        bj_staple_look(staple, time(NULL));
        bool shown = bj_staple_left_s(staple, time(NULL)) > 0;
        if (shown != cases[i].shown) fprintf(stderr, "%s\n", cases[i].what);
        BJ_CHECK(shown == cases[i].shown);
        BJ_CHECK((shown_to_client(tls) > 100) == cases[i].shown);
        SSL_CTX_free(tls);
        bj_staple_free(staple);
    }
}

/* One after another, in one process. */
static void test_turns(void) {
    SSL_CTX *tls = tls_new(true);
    bj_staple_t *staple = bj_staple_new(tls, file);
    int64_t now_s = time(NULL);
    unlink(file);
    bj_staple_look(staple, now_s);
    BJ_CHECK(bj_staple_left_s(staple, now_s) == 0 && shown_to_client(tls) <= 0);
    answer(&cases[0]);
    bj_staple_look(staple, now_s);
    int64_t left_s = bj_staple_left_s(staple, now_s);
    BJ_CHECK(left_s > 590 && left_s <= 601);
    /* What is no answer, and that none is there, take none away. */
    put("nonsense", 8);
    bj_staple_look(staple, now_s);
    BJ_CHECK(bj_staple_left_s(staple, now_s) == left_s);
    unlink(file);
    bj_staple_look(staple, now_s);
    BJ_CHECK(shown_to_client(tls) > 100);
    answer(&cases[4]); /* nor what somebody else says */
    bj_staple_look(staple, now_s);
    BJ_CHECK(shown_to_client(tls) > 100);
    answer(&cases[1]); /* but what the issuer says */
    bj_staple_look(staple, now_s);
    BJ_CHECK(bj_staple_left_s(staple, now_s) == 0 && shown_to_client(tls) <= 0);
    answer(&cases[0]);
    bj_staple_look(staple, now_s);
    BJ_CHECK(shown_to_client(tls) > 100);
    bj_staple_look(staple, now_s + 700); /* its time is over */
    BJ_CHECK(bj_staple_left_s(staple, now_s) == 0 && shown_to_client(tls) <= 0);
    SSL_CTX_free(tls);
    bj_staple_free(staple);
}

static void test_no_issuer(void) {
    SSL_CTX *tls = tls_new(false);
    bj_staple_t *staple = bj_staple_new(tls, file);
    answer(&cases[0]);
    bj_staple_look(staple, time(NULL));
    BJ_CHECK(shown_to_client(tls) <= 0);
    SSL_CTX_free(tls);
    bj_staple_free(staple);
}

int main(void) {
    char dir[64];
    if (!child_mkdir(dir, sizeof dir)) abort();
    snprintf(file, sizeof file, "%s/ocsp.der", dir);
    ca = party_new("A CA of the test", 1, NULL);
    own = party_new("trade.bijli.example", 4711, &ca);
    stranger = party_new("Somebody else", 4712, NULL);
    test_cases();
    test_turns();
    test_no_issuer();
    party_free(&ca);
    party_free(&own);
    party_free(&stranger);
    child_rmdir(dir);
    return bj_test_end("test_bj_staple");
}
