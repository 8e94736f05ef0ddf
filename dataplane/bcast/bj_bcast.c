#include "dataplane/bcast/bj_bcast.h"

#include "dataplane/bcast/bj_bcast_priv.h"
#include "dataplane/bcast/bj_lzo1z.h"

/* The messages we read are this table: a new one is wire structs, a decoder and a row. */
typedef struct entry {
    int16_t  code;
    uint8_t  segment;
    uint16_t message_bytes, record_bytes, record_max;
    bj_status_t (*decode)(const uint8_t *p, const bj_bcast_ops_t *ops, void *ctx, int64_t exch_ns);
} entry_t;

static const entry_t table[] = {
    {BJ_BCAST_CODE_MBP, BJ_SEGMENT_CM, BJ_BCAST_MBP_CM_BYTES, sizeof(bj_bcast_mbp_cm_t),
     BJ_BCAST_MBP_MAX, bj_bcast_on_mbp_cm},
    {BJ_BCAST_CODE_MBP, BJ_SEGMENT_FO, BJ_BCAST_MBP_FO_BYTES, sizeof(bj_bcast_mbp_fo_t),
     BJ_BCAST_MBP_MAX, bj_bcast_on_mbp_fo},
    {BJ_BCAST_CODE_INDICES, BJ_SEGMENT_CM, BJ_BCAST_INDICES_CM_BYTES, sizeof(bj_bcast_index_cm_t),
     BJ_BCAST_INDEX_MAX, bj_bcast_on_index_cm},
    {BJ_BCAST_CODE_INDICES, BJ_SEGMENT_FO, BJ_BCAST_INDICES_FO_BYTES, sizeof(bj_bcast_index_fo_t),
     BJ_BCAST_INDEX_MAX, bj_bcast_on_index_fo},
};

static const entry_t *entry_of(int16_t code, bj_segment_t segment) {
    for (size_t i = 0; i < BJ_COUNT(table); i++) {
        if (table[i].code == code && table[i].segment == segment) return &table[i];
    }
    return NULL;
}

static bj_status_t decode_records(bj_bcast_t *bcast, const entry_t *entry, const uint8_t *data,
                                  const bj_bcast_ops_t *ops, void *ctx, int64_t exch_ns) {
    bj_be16_t wire_cnt;
    memcpy(&wire_cnt, data + sizeof(bj_bcast_header_t), sizeof wire_cnt);
    int16_t cnt = bj_be16_get(wire_cnt);
    if (cnt < 0 || cnt > entry->record_max) return BJ_ERR_BAD_FIELD;
    data += BJ_BCAST_MBP_AT;
    for (int16_t i = 0; i < cnt; i++, data += entry->record_bytes) {
        if (entry->decode(data, ops, ctx, exch_ns) != BJ_OK) bcast->bad_records++;
        else if (entry->code == BJ_BCAST_CODE_MBP) bcast->mbp_records++;
        else bcast->index_records++;
    }
    return BJ_OK;
}

bj_status_t bj_bcast_message(bj_bcast_t *bcast, bj_segment_t segment, const uint8_t *data,
                             size_t data_bytes, const bj_bcast_ops_t *ops, void *ctx) {
    bj_bcast_header_t header;
    if (data_bytes < sizeof header) return BJ_ERR_TRUNCATED;
    memcpy(&header, data, sizeof header);
    const entry_t *entry = entry_of(bj_be16_get(header.transaction_code), segment);
    if (!entry) {
        bcast->other_messages++;
        return BJ_OK;
    }
    if ((uint16_t)bj_be16_get(header.len_bytes) != entry->message_bytes) return BJ_ERR_BAD_FIELD;
    if (data_bytes < entry->message_bytes) return BJ_ERR_TRUNCATED;
    return decode_records(bcast, entry, data, ops, ctx, bj_bcast_time(header.log_exch_s));
}

/* --- items */

typedef struct piece { /* of a datagram */
    const uint8_t *data;
    size_t bytes;
} piece_t;

static void take(piece_t *from, size_t bytes) {
    from->data += bytes;
    from->bytes -= bytes;
}

/* The rest of the datagram is the item; how much of it only the message's own length says.  0: that
 * length lies and the next item cannot be found. */
static size_t plain_bytes(piece_t rest) {
    bj_bcast_header_t header;
    if (rest.bytes < BJ_BCAST_SKIP_BYTES + sizeof header) return 0;
    memcpy(&header, rest.data + BJ_BCAST_SKIP_BYTES, sizeof header);
    size_t bytes = BJ_BCAST_SKIP_BYTES + (size_t)(uint16_t)bj_be16_get(header.len_bytes);
    return bytes >= BJ_BCAST_SKIP_BYTES + sizeof header && bytes <= rest.bytes ? bytes : 0;
}

static bj_status_t handle(bj_bcast_t *bcast, bj_segment_t segment, piece_t item,
                          const bj_bcast_ops_t *ops, void *ctx) {
    if (item.bytes < BJ_BCAST_SKIP_BYTES) return BJ_ERR_TRUNCATED;
    take(&item, BJ_BCAST_SKIP_BYTES);
    return bj_bcast_message(bcast, segment, item.data, item.bytes, ops, ctx);
}

static bj_status_t unpack(bj_bcast_t *bcast, bj_segment_t segment, piece_t item,
                          const bj_bcast_ops_t *ops, void *ctx) {
    uint8_t plain[BJ_BCAST_ITEM_MAX];
    size_t plain_bytes = sizeof plain;
    bj_status_t status = bj_lzo1z_decompress(item.data, item.bytes, plain, &plain_bytes);
    if (status != BJ_OK) return status;
    return handle(bcast, segment, (piece_t){plain, plain_bytes}, ops, ctx);
}

/* One item off the front.  False: the next one cannot be found. */
static bool next_item(bj_bcast_t *bcast, bj_segment_t segment, piece_t *rest,
                      const bj_bcast_ops_t *ops, void *ctx) {
    bj_be16_t wire_len;
    if (rest->bytes < sizeof wire_len) return false;
    memcpy(&wire_len, rest->data, sizeof wire_len);
    take(rest, sizeof wire_len);
    size_t len = (uint16_t)bj_be16_get(wire_len);
    piece_t item = {rest->data, len ? len : plain_bytes(*rest)};
    if (item.bytes == 0 || item.bytes > rest->bytes) return false;
    take(rest, item.bytes);
    bcast->items++;
    bj_status_t status = len ? unpack(bcast, segment, item, ops, ctx)
                             : handle(bcast, segment, item, ops, ctx);
    if (status != BJ_OK) bcast->bad_items++;
    return true;
}

static bj_segment_t segment_of(uint8_t net_id) {
    return net_id == BJ_BCAST_NET_CM   ? BJ_SEGMENT_CM
           : net_id == BJ_BCAST_NET_FO ? BJ_SEGMENT_FO
                                       : (bj_segment_t)0;
}

static bj_status_t read_datagram(bj_bcast_t *bcast, piece_t rest, const bj_bcast_ops_t *ops,
                                 void *ctx) {
    bj_bcast_packet_t packet;
    if (rest.bytes < sizeof packet) return BJ_ERR_TRUNCATED;
    memcpy(&packet, rest.data, sizeof packet);
    take(&rest, sizeof packet);
    bj_segment_t segment = segment_of(packet.net_id[0]);
    if (!segment) return BJ_ERR_UNKNOWN_TYPE;
    int16_t item_cnt = bj_be16_get(packet.item_cnt);
    if (item_cnt <= 0) return BJ_ERR_BAD_FIELD;
    for (int16_t i = 0; i < item_cnt; i++) {
        if (!next_item(bcast, segment, &rest, ops, ctx)) return BJ_ERR_TRUNCATED;
    }
    return BJ_OK; /* what is left is padding */
}

bj_status_t bj_bcast_datagram(bj_bcast_t *bcast, const uint8_t *data, size_t data_bytes,
                              const bj_bcast_ops_t *ops, void *ctx) {
    bj_status_t status = read_datagram(bcast, (piece_t){data, data_bytes}, ops, ctx);
    bcast->datagrams++;
    bcast->bad_datagrams += status != BJ_OK;
    return status;
}
