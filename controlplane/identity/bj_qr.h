#ifndef BJ_QR_H
#define BJ_QR_H

/* bj_qr - a text as a QR code, drawn as SVG (libqrencode finds the modules).
 *
 * Shape    one path, black on white with the four modules of quiet zone that ISO/IEC 18004 asks
 *          for; no style and no script, so that any security policy takes it.
 * Threads  any. */
#include "dataplane/base/bj_base.h"

/* The SVG, to be freed; NULL: no memory, or more than a QR code holds at its middle level. */
char *bj_qr_svg(const char *text);

#endif /* BJ_QR_H */
