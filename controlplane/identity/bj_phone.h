#ifndef BJ_PHONE_H
#define BJ_PHONE_H

/* bj_phone - an Indian mobile number: as people type it, as we keep it, as others may see it.
 *
 * Form     E.164: +91 and ten digits of which the first is 6 to 9 (India's national numbering plan,
 *          DoT 2003, mobile numbers of levels 6 to 9).
 * Threads  any. */
#include "dataplane/base/bj_base.h"

enum { BJ_PHONE_BYTES = 14, BJ_PHONE_TYPED_MAX = 40 };

/* What a person who got it wrong is told. */
#define BJ_PHONE_WANTED "phone must be an Indian mobile number: ten digits that begin with 6 to 9"

/* Spaces, dots, dashes and brackets are passed over; +91, 0091, 91, 0 or nothing may stand before
 * the ten digits.  False: it is no such number. */
BJ_MUST_USE bool bj_phone_read(const char *text, char out[BJ_PHONE_BYTES]);
/* "+91********10" */
const char *bj_phone_hint(const char *phone, char out[BJ_PHONE_BYTES]);

#endif /* BJ_PHONE_H */
