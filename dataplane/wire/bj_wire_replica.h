#ifndef BJ_WIRE_REPLICA_H
#define BJ_WIRE_REPLICA_H

/* Between a primary and its standby, version 1: docs/replica.md says it in words.  Little-endian,
 * packed, over one TCP connection that the standby opens.  Reserved bytes are zero.  Ours. */
#include "dataplane/wire/bj_wire_cmd.h"

enum {
    BJ_REPLICA_VERSION = 1,
    BJ_REPLICA_NONCE_BYTES = 32,
    BJ_REPLICA_MAC_BYTES = 32,
    BJ_REPLICA_BATCH_MAX = 256, /* commands in one message */
};

/* X(name, letter, struct, by, text); by: who says it, 'p' the primary or 's' the standby. */
#define BJ_REPLICA_LIST(X)                                                                  \
    X(BJ_REPLICA_CHALLENGE, 'C', bj_replica_challenge_t, 'p', "challenge")                  \
    X(BJ_REPLICA_HELLO, 'L', bj_replica_hello_t, 's', "who I am and what I have")           \
    X(BJ_REPLICA_WELCOME, 'W', bj_replica_welcome_t, 'p', "who I am and what will come")    \
    X(BJ_REPLICA_BATCH, 'B', bj_replica_batch_t, 'p', "commands")                           \
    X(BJ_REPLICA_HASH, 'H', bj_replica_hash_t, 'p', "digest or state hash at a sequence")   \
    X(BJ_REPLICA_PULSE, 'P', bj_replica_pulse_t, 'p', "I live, and am here")                \
    X(BJ_REPLICA_ACK, 'A', bj_replica_ack_t, 's', "have all up to a sequence")              \
    X(BJ_REPLICA_FENCE, 'F', bj_replica_fence_t, 's', "stop: a higher epoch begins")        \
    X(BJ_REPLICA_FENCED, 'f', bj_replica_fenced_t, 'p', "stopped, at this sequence")        \
    X(BJ_REPLICA_DIFFERS, 'D', bj_replica_differs_t, 's', "my state differs: I stop")

enum {
#define X(name, letter, type, by, text) name = (letter),
    BJ_REPLICA_LIST(X)
#undef X
};

typedef struct __attribute__((packed)) bj_replica_header {
    uint32_t len_bytes; /* whole message, this header included */
    uint8_t  type;      /* a letter of the list above */
    uint8_t  version;   /* BJ_REPLICA_VERSION */
    uint16_t reserved;
    uint32_t check; /* CRC32C of what follows the header */
    uint32_t reserved2;
} bj_replica_header_t;
BJ_WIRE_SIZE(bj_replica_header_t, 16);
BJ_WIRE_AT(bj_replica_header_t, len_bytes, 0);
BJ_WIRE_AT(bj_replica_header_t, type, 4);
BJ_WIRE_AT(bj_replica_header_t, version, 5);
BJ_WIRE_AT(bj_replica_header_t, reserved, 6);
BJ_WIRE_AT(bj_replica_header_t, check, 8);
BJ_WIRE_AT(bj_replica_header_t, reserved2, 12);

/* First word, from the primary on connect. */
typedef struct __attribute__((packed)) bj_replica_challenge {
    bj_replica_header_t header;
    uint8_t nonce[BJ_REPLICA_NONCE_BYTES]; /* fresh for each connection */
} bj_replica_challenge_t;
BJ_WIRE_SIZE(bj_replica_challenge_t, 48);
BJ_WIRE_AT(bj_replica_challenge_t, nonce, 16);

typedef struct __attribute__((packed)) bj_replica_hello {
    bj_replica_header_t header;
    uint8_t  nonce[BJ_REPLICA_NONCE_BYTES]; /* the standby's own */
    uint64_t journal_id; /* 0: it has none yet */
    uint64_t have_seq;   /* last command in its journal */
    uint64_t epoch;      /* the highest it has heard of; 0: none */
    uint32_t have_check; /* CRC32C of that command up to its group_idx; 0 without one */
    uint8_t  durable;    /* 1: acknowledgements mean on its disk; 0: with its kernel */
    uint8_t  reserved[3];
    uint8_t  mac[BJ_REPLICA_MAC_BYTES]; /* bj_replica_mac over the primary's nonce and the above */
} bj_replica_hello_t;
BJ_WIRE_SIZE(bj_replica_hello_t, 112);
BJ_WIRE_AT(bj_replica_hello_t, nonce, 16);
BJ_WIRE_AT(bj_replica_hello_t, journal_id, 48);
BJ_WIRE_AT(bj_replica_hello_t, have_seq, 56);
BJ_WIRE_AT(bj_replica_hello_t, epoch, 64);
BJ_WIRE_AT(bj_replica_hello_t, have_check, 72);
BJ_WIRE_AT(bj_replica_hello_t, durable, 76);
BJ_WIRE_AT(bj_replica_hello_t, mac, 80);

typedef struct __attribute__((packed)) bj_replica_welcome {
    bj_replica_header_t header;
    uint64_t journal_id;
    uint64_t last_seq; /* last command in the primary's journal now */
    uint64_t epoch;
    uint32_t hash_every; /* a digest comes at each multiple of it; > 0 */
    uint16_t status;     /* bj_status_t; not BJ_OK: the primary closes after it */
    uint16_t venue;      /* 1: its orders are at an exchange; yours must be too */
    uint32_t instrument_max, account_max, order_max; /* of its engine: yours must be the same */
    uint32_t reserved2;
    uint8_t  mac[BJ_REPLICA_MAC_BYTES]; /* over the standby's nonce and the above */
} bj_replica_welcome_t;
BJ_WIRE_SIZE(bj_replica_welcome_t, 96);
BJ_WIRE_AT(bj_replica_welcome_t, journal_id, 16);
BJ_WIRE_AT(bj_replica_welcome_t, last_seq, 24);
BJ_WIRE_AT(bj_replica_welcome_t, epoch, 32);
BJ_WIRE_AT(bj_replica_welcome_t, hash_every, 40);
BJ_WIRE_AT(bj_replica_welcome_t, status, 44);
BJ_WIRE_AT(bj_replica_welcome_t, venue, 46);
BJ_WIRE_AT(bj_replica_welcome_t, instrument_max, 48);
BJ_WIRE_AT(bj_replica_welcome_t, order_max, 56);
BJ_WIRE_AT(bj_replica_welcome_t, mac, 64);

typedef struct __attribute__((packed)) bj_replica_batch { /* then cmd_cnt times bj_cmd_t */
    bj_replica_header_t header;
    uint64_t first_seq;
    uint64_t durable_seq; /* clients have been acknowledged up to here */
    uint32_t cmd_cnt;     /* [1, BJ_REPLICA_BATCH_MAX] */
    uint32_t reserved;
} bj_replica_batch_t;
BJ_WIRE_SIZE(bj_replica_batch_t, 40);
BJ_WIRE_AT(bj_replica_batch_t, first_seq, 16);
BJ_WIRE_AT(bj_replica_batch_t, durable_seq, 24);
BJ_WIRE_AT(bj_replica_batch_t, cmd_cnt, 32);

enum { BJ_REPLICA_HAS_DIGEST = 1 << 0, BJ_REPLICA_HAS_STATE = 1 << 1 };
typedef struct __attribute__((packed)) bj_replica_hash { /* comes right behind command seq */
    bj_replica_header_t header;
    uint64_t seq;
    uint64_t from_seq;   /* first command whose events are in the digest */
    uint64_t digest;     /* of the events of commands from_seq to seq: bj_digest.h */
    uint64_t state_hash; /* bj_engine_hash behind command seq */
    uint8_t  has;        /* BJ_REPLICA_HAS_*: which of the two is said */
    uint8_t  reserved[7];
} bj_replica_hash_t;
BJ_WIRE_SIZE(bj_replica_hash_t, 56);
BJ_WIRE_AT(bj_replica_hash_t, seq, 16);
BJ_WIRE_AT(bj_replica_hash_t, from_seq, 24);
BJ_WIRE_AT(bj_replica_hash_t, digest, 32);
BJ_WIRE_AT(bj_replica_hash_t, state_hash, 40);
BJ_WIRE_AT(bj_replica_hash_t, has, 48);

typedef struct __attribute__((packed)) bj_replica_pulse {
    bj_replica_header_t header;
    uint64_t written_seq; /* last command in the primary's journal */
    uint64_t durable_seq; /* clients have been acknowledged up to here */
} bj_replica_pulse_t;
BJ_WIRE_SIZE(bj_replica_pulse_t, 32);
BJ_WIRE_AT(bj_replica_pulse_t, written_seq, 16);
BJ_WIRE_AT(bj_replica_pulse_t, durable_seq, 24);

typedef struct __attribute__((packed)) bj_replica_ack { /* also the answer to a pulse */
    bj_replica_header_t header;
    uint64_t have_seq;
} bj_replica_ack_t;
BJ_WIRE_SIZE(bj_replica_ack_t, 24);
BJ_WIRE_AT(bj_replica_ack_t, have_seq, 16);

typedef struct __attribute__((packed)) bj_replica_fence {
    bj_replica_header_t header;
    uint64_t epoch; /* above the primary's */
} bj_replica_fence_t;
BJ_WIRE_SIZE(bj_replica_fence_t, 24);
BJ_WIRE_AT(bj_replica_fence_t, epoch, 16);

typedef struct __attribute__((packed)) bj_replica_fenced { /* all up to last_seq came before it */
    bj_replica_header_t header;
    uint64_t epoch;
    uint64_t last_seq; /* the primary's journal ends here, for good */
} bj_replica_fenced_t;
BJ_WIRE_SIZE(bj_replica_fenced_t, 32);
BJ_WIRE_AT(bj_replica_fenced_t, epoch, 16);
BJ_WIRE_AT(bj_replica_fenced_t, last_seq, 24);

typedef struct __attribute__((packed)) bj_replica_differs {
    bj_replica_header_t header;
    uint64_t seq;    /* where it was seen */
    uint16_t reason; /* bj_status_t */
    uint8_t  reserved[6];
} bj_replica_differs_t;
BJ_WIRE_SIZE(bj_replica_differs_t, 32);
BJ_WIRE_AT(bj_replica_differs_t, seq, 16);
BJ_WIRE_AT(bj_replica_differs_t, reason, 24);

enum {
    BJ_REPLICA_MESSAGE_MAX_BYTES =
        (int)sizeof(bj_replica_batch_t) + BJ_REPLICA_BATCH_MAX * (int)sizeof(bj_cmd_t)
};

#endif /* BJ_WIRE_REPLICA_H */
