#ifndef BJ_MAIL_H
#define BJ_MAIL_H

/* bj_mail - a mail's way out: an outbox (bj_outbox.h) that speaks SMTP (libcurl).
 *
 * Errors   bj_mail_send says false when the queue is full.  A mail that the server does not take is
 *          tried again for about a minute, then given up and counted.
 * Rule     no address and no text of a mail goes to the log.
 * Threads  any may send. */
#include "dataplane/base/bj_base.h"

typedef struct bj_mail bj_mail_t;

enum { BJ_MAIL_BYTES = 2048 };

/* smtp_url: "smtp://host:port"; from: an address.  NULL: no thread or no memory. */
bj_mail_t *bj_mail_new(const char *smtp_url, const char *from);
void bj_mail_free(bj_mail_t *mail); /* what waits is dropped */

/* True for a server on this machine, the one kind that is spoken to without TLS: "smtp://" of
 * another one needs STARTTLS, with a certificate that fits, or no mail goes. */
bool bj_mail_stays_here(const char *smtp_url);

BJ_MUST_USE bool bj_mail_send(bj_mail_t *mail, const char *to, const char *subject,
                              const char *text);
int64_t bj_mail_failed_cnt(bj_mail_t *mail);

/* The whole message with its headers, lines ended by CRLF, as it goes over the wire (dots are
 * doubled by libcurl).  0: something in it has a line break where none may be, or it does not
 * fit. */
size_t bj_mail_format(char *out, size_t out_bytes, const char *from, const char *to,
                      const char *subject, const char *text, int64_t now_ns);

#endif /* BJ_MAIL_H */
