#ifndef BJ_BASE64URL_H
#define BJ_BASE64URL_H

/* bj_base64url - bytes as WebAuthn's messages carry them in JSON: RFC 4648 section 5, no padding.
 */
#include "dataplane/base/bj_base.h"

/* Of so many bytes the text, with its NUL. */
#define BJ_BASE64URL_BYTES(data_bytes) (((data_bytes)*4 + 2) / 3 + 1)

/* The one text of these bytes; returns out, which holds BJ_BASE64URL_BYTES of them. */
const char *bj_base64url_write(const uint8_t *data, size_t data_bytes, char *out);

/* False: another sign, a length or last digit that no bytes have, or longer than out. */
BJ_MUST_USE bool bj_base64url_read(const char *text, uint8_t *out, size_t out_bytes,
                                   size_t *data_bytes);

#endif /* BJ_BASE64URL_H */
