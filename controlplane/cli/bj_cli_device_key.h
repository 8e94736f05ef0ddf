#ifndef BJ_CLI_DEVICE_KEY_H
#define BJ_CLI_DEVICE_KEY_H

/* bj_cli_device_key - a device's key, its request and its file for a browser.
 *
 * Errors   each says what is wrong, or NULL.  Files that it makes are the caller's alone (600), and
 *          none that is there is written over. */
#include "controlplane/identity/bj_base64url.h"
#include "dataplane/base/bj_base.h"

enum {
    BJ_CLI_REQUEST_TEXT_BYTES = 2800,
    BJ_CLI_CERT_TEXT_BYTES = 2800,
    BJ_CLI_PASSWORD_BYTES = 25,
};

/* A new P-256 key into key_file, as PEM; the request of it as base64url of DER. */
const char *bj_cli_device_make(const char *key_file, char request[BJ_CLI_REQUEST_TEXT_BYTES]);
/* The request in a file of PEM that somebody has made. */
const char *bj_cli_device_csr(const char *csr_file, char request[BJ_CLI_REQUEST_TEXT_BYTES]);
/* The certificate (base64url of DER) as PEM. */
const char *bj_cli_device_pem(const char *certificate, const char *out_file);
/* With its key as PKCS#12, under a password that is made now. */
const char *bj_cli_device_p12(const char *certificate, const char *key_file, const char *out_file,
                              char password[BJ_CLI_PASSWORD_BYTES]);

#endif /* BJ_CLI_DEVICE_KEY_H */
