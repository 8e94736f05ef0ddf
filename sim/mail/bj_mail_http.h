#ifndef BJ_MAIL_HTTP_H
#define BJ_MAIL_HTTP_H

/* bj_mail_http - the mail sink's page, and the text messages' way in: one request's bytes in, one
 * answer's bytes out, no socket.
 *
 * Routes     GET /            the newest mails, links in them clickable
 *            GET /latest?to=A the newest mail to A as JSON {to, subject, text}, for tests
 *            POST /sms        stands for the gateway of text messages: {"to", "text", "sender",
 *                             "entity_id", "template_id"}; kept as a mail to that number
 * Safety     nothing else; a POST must be JSON (no foreign page's form is); Host must be localhost
 * or 127.0.0.1 (no other site's page may read mails through a rebound name); everything escaped; a
 * policy that allows no script at all. Ownership  the answer is malloc'ed; the caller frees it. */
#include "sim/mail/bj_mailbox.h"

enum { BJ_MAIL_HTTP_REQUEST_MAX = 8192 };

/* Bytes of the first whole request in data, body and all, 0 if it is not all there yet. */
size_t bj_mail_http_whole(const char *data, size_t data_bytes);
/* data is NUL-terminated at data_bytes.  Never NULL but when memory is out. */
char *bj_mail_http_answer(bj_mailbox_t *box, const char *data, size_t *answer_bytes);

#endif /* BJ_MAIL_HTTP_H */
