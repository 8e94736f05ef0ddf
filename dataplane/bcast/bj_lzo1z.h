#ifndef BJ_LZO1Z_H
#define BJ_LZO1Z_H

/* bj_lzo1z - decompression of LZO1Z, which the exchange's broadcast is packed with.
 *
 * Format     No document describes LZO1Z.  The family's bit stream is described in the Linux
 *            kernel's Documentation/staging/lzo.rst (LZO1X); where LZO1Z differs was found by
 *            experiment against liblzo2, and test_bj_lzo1z holds the two together.  The code is
 *            ours.
 *              first byte 18 to 255      that less 17 literals, then as after so many
 *              0 to 15                   after no literals: a run of 3 more than it says literals;
 *                                        after 1 to 3: 2 bytes from up to 1,024 back; after a run:
 *                                        3 bytes from 1,793 to 2,816 back
 *              16 to 31, 32 to 63        a long match, from beyond 16,384 or up to it
 *              64 to 255                 3 to 8 bytes from up to 1,792 back, or from as far as last
 *            A distance's last byte, or the instruction that repeats one, ends in two bits: so many
 *            literals follow.  A long match from 16,384 with distance 0 is the end.
 * Bad input  any bytes at all: nothing is read past in_bytes, written past the room, or copied from
 *            before the output's first byte.
 * Errors     BJ_ERR_TRUNCATED  the input ends before its end mark
 *            BJ_ERR_BAD_FIELD  a distance goes before the output, or bytes follow the end mark
 *            BJ_ERR_FULL       the output has no room
 *            What is in out after an error is unspecified.
 * Threads    any; nothing is kept and nothing allocated.
 * Cost       bench_bj_bcast: beside the library's. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

/* *out_bytes: the room before, what was written after. */
BJ_MUST_USE bj_status_t bj_lzo1z_decompress(const uint8_t *in, size_t in_bytes, uint8_t *out,
                                            size_t *out_bytes);

#endif /* BJ_LZO1Z_H */
