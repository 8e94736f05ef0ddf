#ifndef BJ_NNF_FRAME_H
#define BJ_NNF_FRAME_H

/* bj_nnf_frame - packets: a prefix, and a message that is checked and perhaps encrypted.
 *
 * Shape      BJ_NNF_CLEAR for the gateway router and 23008/23009; then one of
 *              BJ_NNF_STREAM  AES-256-GCM as one running stream a direction, never restarted; the
 *                             prefix has the MD5 of the message before encryption
 *              BJ_NNF_TAG     AES-256-GCM anew for each message: an IV of 8 static bytes and a
 *                             counter, 12 more bytes authenticated, the tag in the prefix
 *            The prefix is never encrypted.
 * Ownership  a seal is one direction of one connection; its contexts are the heap's, taken at
 *            bj_nnf_seal_start and given back at bj_nnf_seal_end; no heap of ours on a message.
 * Threads    one.
 * Errors     a message whose check fails ends the connection: a stream cannot be picked up again.
 * Cost       OpenSSL's: one pass of MD5 and one of AES over the message.
 * Source     NSE's trimmed NNF protocols, FO v9.46 and CM v6.3, chapter 10.  Not stated there, so
 *            settings: how many of the 16 bytes of the stream's IV are used (12: what OpenSSL takes
 *            if not told otherwise); the counter's byte order in the IV (big-endian, as sent). */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_nnf.h"

#define BJ_NNF_CIPHER_LIST(X)                                                     \
    X(BJ_NNF_CLEAR, "clear", "no encryption; MD5")                                \
    X(BJ_NNF_STREAM, "stream", "AES-256-GCM as one running stream; MD5")          \
    X(BJ_NNF_TAG, "tag", "AES-256-GCM with a counter in the IV and a tag")

typedef enum bj_nnf_cipher {
#define X(name, word, text) name,
    BJ_NNF_CIPHER_LIST(X)
#undef X
    BJ_NNF_CIPHER_CNT
} bj_nnf_cipher_t;

/* "clear", "stream", "tag" for a configuration; BJ_NNF_CIPHER_CNT: none of them. */
bj_nnf_cipher_t bj_nnf_cipher_named(const char *word);

/* What 2401 gives a box. */
typedef struct bj_nnf_keys {
    bj_nnf_cipher_t cipher;
    uint8_t key[32];
    uint8_t iv[16];       /* STREAM */
    uint8_t iv_bytes;     /* STREAM: 12 or 16 */
    uint8_t static_iv[8]; /* TAG */
    int64_t dynamic_iv;   /* TAG: +1 before each message from the member, -1 before each to it */
    uint8_t aad[12];      /* TAG */
} bj_nnf_keys_t;

typedef enum bj_nnf_way { BJ_NNF_FROM_MEMBER, BJ_NNF_TO_MEMBER } bj_nnf_way_t;

typedef struct bj_nnf_seal {
    bj_nnf_cipher_t cipher;
    bool     sends;
    int8_t   step;
    uint64_t counter;
    uint8_t  static_iv[8], aad[12];
    struct evp_cipher_ctx_st *aes;
    struct evp_md_ctx_st     *md;
    const struct evp_md_st   *md5;
} bj_nnf_seal_t;

/* sends: this end encrypts; else it decrypts.  CLEAR looks at keys->cipher only.  False: OpenSSL
 * would not (no MD5, no memory); the seal holds nothing then.  A seal that holds nothing is all
 * zero; one that does is ended first. */
BJ_MUST_USE bool bj_nnf_seal_start(bj_nnf_seal_t *seal, const bj_nnf_keys_t *keys, bj_nnf_way_t way,
                                   bool sends);
void bj_nnf_seal_end(bj_nnf_seal_t *seal);

/* bj_nnf_pack writes a packet of one message and returns its length; 0: the message is empty or too
 * long for a packet, out is too small, or OpenSSL refused. */
BJ_MUST_USE size_t bj_nnf_pack(bj_nnf_seal_t *seal, uint32_t seq, const uint8_t *msg,
                               size_t msg_bytes, uint8_t *out, size_t out_bytes);

typedef struct bj_nnf_packet {
    uint32_t seq;
    size_t   packet_bytes; /* of the input that it took */
    size_t   msg_bytes;
    uint8_t  msg[BJ_NNF_PACKET_MAX_BYTES];
} bj_nnf_packet_t;

/* bj_nnf_take reads the packet that begins at data.
 *   BJ_OK            one whole message that was checked
 *   BJ_ERR_TRUNCATED the packet is not all there: nothing was taken, call again with more
 *   BJ_ERR_BAD_FIELD its length is not possible (below 24 or above 1024): end the connection
 *   BJ_ERR_CORRUPT   the check failed: end the connection */
BJ_MUST_USE bj_status_t bj_nnf_take(bj_nnf_seal_t *seal, const uint8_t *data, size_t data_bytes,
                                    bj_nnf_packet_t *packet);

#endif /* BJ_NNF_FRAME_H */
