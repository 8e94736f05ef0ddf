#include "controlplane/edge/bj_staple.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "dataplane/base/bj_log.h"

enum { FILE_BYTES = 16384 };

struct bj_staple {
    char       *file;
    X509       *own, *issuer; /* of tls; issuer NULL: nobody vouches for it there */
    struct stat seen;
    bool        there;
    uint8_t     der[FILE_BYTES];
    size_t      der_bytes; /* 0: nothing to show */
    int64_t     ends_s;
};

/* The extension is an answer to who asks for it; OpenSSL frees the copy. */
static int show(SSL *ssl, void *ctx) {
    const bj_staple_t *staple = ctx;
    if (!staple->der_bytes || time(NULL) >= staple->ends_s) return SSL_TLSEXT_ERR_NOACK;
    uint8_t *copy = OPENSSL_memdup(staple->der, staple->der_bytes);
    if (!copy) return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)staple->der_bytes);
    return SSL_TLSEXT_ERR_OK;
}

bj_staple_t *bj_staple_new(SSL_CTX *tls, const char *file) {
    STACK_OF(X509) *behind = NULL;
    bj_staple_t *staple = calloc(1, sizeof *staple);
    if (!staple) return NULL;
    staple->file = strdup(file);
    if (!staple->file) {
        free(staple);
        return NULL;
    }
    staple->own = SSL_CTX_get0_certificate(tls);
    if (SSL_CTX_get0_chain_certs(tls, &behind) == 1 && sk_X509_num(behind) > 0) {
        staple->issuer = sk_X509_value(behind, 0);
    }
    SSL_CTX_set_tlsext_status_cb(tls, show);
    SSL_CTX_set_tlsext_status_arg(tls, staple);
    return staple;
}

void bj_staple_free(bj_staple_t *staple) {
    if (staple) free(staple->file);
    free(staple);
}

/* --- is it one? */

static int64_t seconds_of(const ASN1_GENERALIZEDTIME *at) {
    struct tm tm;
    return at && ASN1_TIME_to_tm(at, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static const char *judge_status(const bj_staple_t *staple, OCSP_BASICRESP *basic, int64_t now_s,
                                int64_t *ends_s) {
    ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
    int said = V_OCSP_CERTSTATUS_UNKNOWN;
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, staple->own, staple->issuer);
    bool found = id && OCSP_resp_find_status(basic, id, &said, NULL, NULL, &from, &until) == 1;
    *ends_s = seconds_of(until);
    int64_t from_s = seconds_of(from);
    OCSP_CERTID_free(id);
    if (!found) return "it is of another certificate";
    if (said != V_OCSP_CERTSTATUS_GOOD) return "it does not say that the certificate is good";
    if (!*ends_s || !from_s || from_s > now_s + 300) return "it does not say until when it holds";
    return *ends_s > now_s ? NULL : "it has ended";
}

static bool is_signed(const bj_staple_t *staple, OCSP_BASICRESP *basic) {
    STACK_OF(X509) *certs = sk_X509_new_null();
    X509_STORE *store = X509_STORE_new();
    bool ok = certs && store && sk_X509_push(certs, staple->issuer) > 0 &&
              X509_STORE_add_cert(store, staple->issuer) == 1 &&
              X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
              OCSP_basic_verify(basic, certs, store, 0) == 1;
    X509_STORE_free(store);
    sk_X509_free(certs);
    return ok;
}

/* NULL: it may be shown until *ends_s. */
static const char *judge(const bj_staple_t *staple, const uint8_t *der, size_t der_bytes,
                         int64_t now_s, int64_t *ends_s) {
    const unsigned char *at = der;
    const char *wrong = "it is no answer of OCSP";
    if (!staple->issuer) return "behind the certificate there is none of its issuer";
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)der_bytes);
    OCSP_BASICRESP *basic = NULL;
    if (response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        basic = OCSP_response_get1_basic(response);
    }
    if (basic) {
        wrong = is_signed(staple, basic) ? judge_status(staple, basic, now_s, ends_s)
                                         : "it is not signed by the certificate's issuer";
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return wrong;
}

/* --- the file */

static bool changed(bj_staple_t *staple) {
    struct stat st;
    bool there = stat(staple->file, &st) == 0;
    bool same = there == staple->there &&
                (!there ||
                 (st.st_ino == staple->seen.st_ino && st.st_size == staple->seen.st_size &&
                  st.st_mtim.tv_sec == staple->seen.st_mtim.tv_sec &&
                  st.st_mtim.tv_nsec == staple->seen.st_mtim.tv_nsec));
    staple->there = there;
    if (there) staple->seen = st;
    return !same;
}

/* A new one that is not good takes the old one's place all the same where it says that the
 * certificate was taken back; that it is away, or nothing that can be read, ends nothing. */
static void take(bj_staple_t *staple, int64_t now_s) {
    uint8_t der[FILE_BYTES];
    int64_t ends_s = 0;
    FILE *file = fopen(staple->file, "rb");
    size_t n = file ? fread(der, 1, sizeof der, file) : 0;
    if (file) fclose(file);
    if (n == 0) return;
    const char *wrong =
        n == sizeof der ? "it is too long" : judge(staple, der, n, now_s, &ends_s);
    if (wrong) {
        BJ_WARN("edge.staple_file: %s", wrong);
        if (ends_s) staple->der_bytes = 0; /* signed, of ours, and not good */
        return;
    }
    memcpy(staple->der, der, n);
    staple->der_bytes = n;
    staple->ends_s = ends_s;
}

void bj_staple_look(bj_staple_t *staple, int64_t now_s) {
    if (changed(staple)) take(staple, now_s);
    if (!staple->der_bytes || now_s < staple->ends_s) return;
    BJ_WARN("edge.staple_file: what was shown has ended, and nothing newer is there");
    staple->der_bytes = 0;
}

int64_t bj_staple_left_s(const bj_staple_t *staple, int64_t now_s) {
    return staple->der_bytes && staple->ends_s > now_s ? staple->ends_s - now_s : 0;
}
