#ifndef BJ_MAIL_HTTP_H
#define BJ_MAIL_HTTP_H

/* bj_mail_http - the mail sink's page: one request's bytes in, one answer's bytes out, no socket.
 *
 * Routes     GET /            the newest mails, links in them clickable
 *            GET /latest?to=A the newest mail to A as JSON {to, subject, text}, for tests
 * Safety     GET only; Host must be localhost or 127.0.0.1 (no other site's page may read mails
 *            through a rebound name); everything escaped; a policy that allows no script at all.
 * Ownership  the answer is malloc'ed; the caller frees it. */
#include "sim/mail/bj_mailbox.h"

enum { BJ_MAIL_HTTP_REQUEST_MAX = 8192 };

/* Bytes of the first whole request head in data, 0 if it is not all there yet. */
size_t bj_mail_http_head(const char *data, size_t data_bytes);
/* data is NUL-terminated at data_bytes.  Never NULL but when memory is out. */
char *bj_mail_http_answer(const bj_mailbox_t *box, const char *data, size_t *answer_bytes);

#endif /* BJ_MAIL_HTTP_H */
