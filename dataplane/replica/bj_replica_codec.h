#ifndef BJ_REPLICA_CODEC_H
#define BJ_REPLICA_CODEC_H

/* bj_replica_codec - where a message ends, whether it is whole, and who may have said it.
 *
 * Threads  any; no state.
 * Cost     bj_replica_frame: one CRC32C over a message that is whole. */
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"
#include "dataplane/wire/bj_wire_replica.h"

typedef enum bj_replica_by {
    BJ_REPLICA_BY_PRIMARY = 'p',
    BJ_REPLICA_BY_STANDBY = 's'
} bj_replica_by_t;

/* bj_replica_frame looks at what came from `by`.
 *   BJ_OK               data begins with a whole message of *msg_bytes
 *   BJ_ERR_TRUNCATED    more bytes are needed
 *   BJ_ERR_UNKNOWN_TYPE that side says no such message
 *   BJ_ERR_BAD_FIELD    version, length, count or a reserved byte
 *   BJ_ERR_CORRUPT      the checksum is another: it was changed on its way */
BJ_MUST_USE bj_status_t bj_replica_frame(const uint8_t *data, size_t data_bytes, bj_replica_by_t by,
                                         size_t *msg_bytes);

/* Of what a command says: the same on both machines, whose disks synced it in other company
 * (bj_cmd_t.group_idx, and so bj_cmd_t.check, differ). */
static inline uint32_t bj_replica_cmd_check(const bj_cmd_t *cmd) {
    return bj_crc32c(0, cmd, offsetof(bj_cmd_t, group_idx));
}

/* The last thing done to a message before it is sent: fills in header.check. */
void bj_replica_seal(void *msg);

/* HMAC-SHA256(key, by's tag[16] || the other side's nonce || msg from behind the header up to
 * mac_at).  The tag keeps one side's proof from being the other's.  False: no memory. */
BJ_MUST_USE bool bj_replica_mac(const void *key, size_t key_bytes, bj_replica_by_t by,
                                const uint8_t nonce[BJ_REPLICA_NONCE_BYTES], const void *msg,
                                size_t mac_at, uint8_t mac[BJ_REPLICA_MAC_BYTES]);
/* Takes the same time whatever differs. */
BJ_MUST_USE bool bj_replica_proven(const void *key, size_t key_bytes, bj_replica_by_t by,
                                   const uint8_t nonce[BJ_REPLICA_NONCE_BYTES], const void *msg,
                                   size_t mac_at);

#endif /* BJ_REPLICA_CODEC_H */
