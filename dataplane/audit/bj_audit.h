#ifndef BJ_AUDIT_H
#define BJ_AUDIT_H

/* bj_audit - what every client said and was told: the record, the ring to the writer, the files.
 *
 * Way        the gateway puts a record into a ring and goes on; a thread of its own writes it
 *            (bj_audit_writer.h); bijli-audit and whoever else reads it back (bj_audit_read.h).
 * Missed     the gateway never waits for the writer.  What finds the ring full is counted, and the
 *            count is a record of its own as soon as there is room.  The journal has every command
 *            and the event log every event even then: what is missed is the proof of the bytes.
 * Dialects   the order-entry protocol's messages byte by byte; NNF's after decryption, with what
 *            is secret or a person's blanked (bj_nnf_mask.h): its producer says the ids.
 * Secrets    no key ever comes here; a login's MAC does, and is worth nothing.
 * Files      DIR/audit-SEQ.log, SEQ the first record's in 16 hex digits: a bj_audit_file_t, then
 *            records, each followed by its message, padded to 8 bytes with 0.  Little-endian,
 *            ours, version 2 (1 had neither NNF nor messages above 128 bytes; it is read
 *            too).  Beside each but the last: audit-SEQ.idx. */
#include "dataplane/base/bj_ring.h"
#include "dataplane/wire/bj_wire_oe.h"

/* X(name, value, word, text).  Never renumber: the values are in files. */
#define BJ_AUDIT_KIND_LIST(X)                                                   \
    X(BJ_AUDIT_CONNECTED, 1, "connected", "a client connected")                 \
    X(BJ_AUDIT_IN, 2, "in", "a message from the client")                        \
    X(BJ_AUDIT_OUT, 3, "out", "a message handed to the client's connection")    \
    X(BJ_AUDIT_CLOSED, 4, "closed", "a connection ended; value: bytes unsent")  \
    X(BJ_AUDIT_MISSED, 5, "missed", "value: records that found no room")        \
    X(BJ_AUDIT_GARBAGE, 6, "garbage", "bytes that are no message, the first of them") \
    X(BJ_AUDIT_UNPROVEN, 7, "unproven", "TLS ended before it began; in words, why")

typedef enum bj_audit_kind {
#define X(name, value, word, text) name = (value),
    BJ_AUDIT_KIND_LIST(X)
#undef X
} bj_audit_kind_t;

/* X(name, value, word).  Never renumber. */
#define BJ_AUDIT_DIALECT_LIST(X)         \
    X(BJ_AUDIT_ORDER_ENTRY, 0, "")       \
    X(BJ_AUDIT_NNF_CM, 1, "nnf cm")      \
    X(BJ_AUDIT_NNF_FO, 2, "nnf fo")

typedef enum bj_audit_dialect {
#define X(name, value, word) name = (value),
    BJ_AUDIT_DIALECT_LIST(X)
#undef X
    BJ_AUDIT_DIALECT_CNT
} bj_audit_dialect_t;

typedef struct bj_audit_file {
    char     magic[8]; /* BJ_AUDIT_MAGIC */
    uint32_t version, reserved;
    uint64_t first_seq;
    int64_t  made_ns;
    uint8_t  reserved2[28];
    uint32_t check; /* CRC32C of the 60 bytes before it */
} bj_audit_file_t;
BJ_WIRE_SIZE(bj_audit_file_t, 64);
BJ_WIRE_AT(bj_audit_file_t, first_seq, 16);
BJ_WIRE_AT(bj_audit_file_t, check, 60);

typedef struct bj_audit_record {
    uint64_t seq;     /* from 1, no holes, through all files; given by the writer */
    int64_t  time_ns; /* UNIX, UTC; the gateway's */
    uint64_t client_order_id, order_id; /* of the message, if it has them; order entry's are set by
                                           the writer */
    uint32_t conn;    /* counts a dialect's connections since the process started */
    uint32_t account_id;
    uint32_t peer_ip; /* host byte order; 0: not known */
    uint16_t session_id; /* 0 until logged in */
    uint16_t msg_bytes;  /* that follow, at most BJ_AUDIT_MESSAGE_MAX_BYTES */
    uint8_t  kind;       /* bj_audit_kind_t */
    uint8_t  dialect;    /* bj_audit_dialect_t */
    int16_t  box_id;     /* NNF's; 0: none */
    uint32_t value;      /* IN and GARBAGE of NNF: length, where not all of it is kept */
    int32_t  user_id;    /* NNF's, as the message says it; 0: none */
    uint32_t check; /* CRC32C of the 60 bytes before it, then of the message */
} bj_audit_record_t;
BJ_WIRE_SIZE(bj_audit_record_t, 64);
BJ_WIRE_AT(bj_audit_record_t, conn, 32);
BJ_WIRE_AT(bj_audit_record_t, session_id, 44);
BJ_WIRE_AT(bj_audit_record_t, kind, 48);
BJ_WIRE_AT(bj_audit_record_t, box_id, 50);
BJ_WIRE_AT(bj_audit_record_t, user_id, 56);
BJ_WIRE_AT(bj_audit_record_t, check, 60);

#define BJ_AUDIT_MAGIC "BJAUDIT1"
enum { BJ_AUDIT_VERSION = 2, BJ_AUDIT_MESSAGE_MAX_BYTES = 512 };

typedef struct bj_audit_slot { /* what the ring carries */
    bj_audit_record_t record;
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES]; /* the rest of a longer one fills the next slots, whole */
} bj_audit_slot_t;
BJ_WIRE_SIZE(bj_audit_slot_t, 192);

static inline uint64_t bj_audit_slots(size_t msg_bytes) {
    if (BJ_LIKELY(msg_bytes <= BJ_OE_MESSAGE_MAX_BYTES)) return 1;
    size_t rest = msg_bytes - BJ_OE_MESSAGE_MAX_BYTES;
    return 1 + (rest + sizeof(bj_audit_slot_t) - 1) / sizeof(bj_audit_slot_t);
}

typedef struct bj_audit { /* the gateway's end */
    bj_ring_t *ring;      /* of bj_audit_slot_t; NULL: nothing is kept */
    uint64_t   missed;    /* since start */
    uint64_t   unsaid;    /* of these, not yet in a record */
} bj_audit_t;

/* A message that does not fit one slot: the writer sees all of it or nothing. */
static inline bool bj_audit_push_long(bj_audit_t *audit, const bj_audit_record_t *record,
                                      const uint8_t *msg) {
    uint64_t slots = bj_audit_slots(record->msg_bytes);
    assert(record->msg_bytes <= BJ_AUDIT_MESSAGE_MAX_BYTES);
    if (bj_ring_room(audit->ring) < slots) return false;
    bj_audit_slot_t *first = (bj_audit_slot_t *)bj_ring_slot(audit->ring, 0);
    first->record = *record;
    memcpy(first->msg, msg, sizeof first->msg);
    size_t at = sizeof first->msg;
    for (uint64_t k = 1; k < slots; k++) {
        size_t part = record->msg_bytes - at;
        if (part > sizeof *first) part = sizeof *first;
        memcpy(bj_ring_slot(audit->ring, k), msg + at, part);
        at += part;
    }
    bj_ring_publish_many(audit->ring, slots);
    return true;
}

static inline bool bj_audit_push(bj_audit_t *audit, const bj_audit_record_t *record,
                                 const void *msg) {
    if (BJ_UNLIKELY(record->msg_bytes > BJ_OE_MESSAGE_MAX_BYTES))
        return bj_audit_push_long(audit, record, (const uint8_t *)msg);
    bj_audit_slot_t *slot = (bj_audit_slot_t *)bj_ring_reserve(audit->ring);
    if (!slot) return false;
    slot->record = *record;
    if (msg) memcpy(slot->msg, msg, record->msg_bytes);
    bj_ring_publish(audit->ring);
    return true;
}

/* Keeps record and its message, or counts it as missed.  Never waits. */
static inline void bj_audit_put(bj_audit_t *audit, const bj_audit_record_t *record,
                                const void *msg) {
    if (!audit->ring) return;
    if (BJ_UNLIKELY(audit->unsaid)) {
        const bj_audit_record_t missed = {
            .time_ns = record->time_ns, .kind = BJ_AUDIT_MISSED,
            .value = audit->unsaid > UINT32_MAX ? UINT32_MAX : (uint32_t)audit->unsaid};
        if (bj_audit_push(audit, &missed, NULL)) audit->unsaid = 0;
    }
    if (!audit->unsaid && BJ_LIKELY(bj_audit_push(audit, record, msg))) return;
    audit->missed++, audit->unsaid++;
}

#endif /* BJ_AUDIT_H */
