#include "controlplane/audit/bj_trail_json.h"

#include "controlplane/text/bj_text.h"

json_t *bj_trail_entry_json(const bj_trail_entry_t *e) {
    char time[BJ_TIME_TEXT_BYTES], leaf[BJ_MERKLE_HEX_BYTES], chain[BJ_MERKLE_HEX_BYTES];
    return json_pack(
        "{s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s, s:s?, s:s, s:s}", "seq",
        (json_int_t)e->seq, "time", bj_time_text(e->at_us * 1000, time), "at_us",
        (json_int_t)e->at_us, "actor", e->actor, "role", e->role, "act", e->act, "subject",
        e->subject, "outcome", e->outcome, "reason", e->reason, "before", e->before_json, "after",
        e->after_json, "address", e->address, "elevation", e->elevation, "leaf",
        bj_merkle_hex(&e->leaf, leaf), "chain", bj_merkle_hex(&e->chain, chain));
}

/* False: neither a text nor null. */
static bool text_or_null(const json_t *json, const char *name, const char **out) {
    json_t *value = json_object_get(json, name);
    *out = json_string_value(value);
    return *out || json_is_null(value);
}

bool bj_trail_entry_read(const json_t *json, bj_trail_entry_t *e) {
    json_int_t seq, at_us;
    const char *leaf, *chain;
    *e = (bj_trail_entry_t){.seq = 0};
    if (json_unpack((json_t *)(uintptr_t)json,
                    "{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "seq", &seq, "at_us",
                    &at_us, "actor", &e->actor, "role", &e->role, "act", &e->act, "subject",
                    &e->subject, "outcome", &e->outcome, "address", &e->address, "leaf", &leaf,
                    "chain", &chain) != 0) {
        return false;
    }
    e->seq = (uint64_t)seq;
    e->at_us = at_us;
    return seq > 0 && text_or_null(json, "reason", &e->reason) &&
           text_or_null(json, "before", &e->before_json) &&
           text_or_null(json, "after", &e->after_json) &&
           text_or_null(json, "elevation", &e->elevation) && bj_merkle_unhex(leaf, &e->leaf) &&
           bj_merkle_unhex(chain, &e->chain);
}

json_t *bj_trail_head_json(const bj_trail_head_t *head, const char *note) {
    char time[BJ_TIME_TEXT_BYTES], root[BJ_MERKLE_HEX_BYTES], chain[BJ_MERKLE_HEX_BYTES];
    return json_pack("{s:I, s:s, s:s, s:s, s:s}", "size", (json_int_t)head->size, "root",
                     bj_merkle_hex(&head->root, root), "chain", bj_merkle_hex(&head->chain, chain),
                     "time", bj_time_text(head->time_ns, time), "note", note);
}

json_t *bj_trail_proof_json(const bj_merkle_proof_t *proof) {
    json_t *list = json_array();
    for (size_t i = 0; i < proof->hash_cnt; i++) {
        char hex[BJ_MERKLE_HEX_BYTES];
        json_array_append_new(list, json_string(bj_merkle_hex(&proof->hash[i], hex)));
    }
    return list;
}

bool bj_trail_proof_read(const json_t *json, bj_merkle_proof_t *proof) {
    proof->hash_cnt = json_array_size(json);
    if (!json_is_array(json) || proof->hash_cnt > BJ_MERKLE_PROOF_MAX) return false;
    for (size_t i = 0; i < proof->hash_cnt; i++) {
        const char *hex = json_string_value(json_array_get(json, i));
        if (!hex || !bj_merkle_unhex(hex, &proof->hash[i])) return false;
    }
    return true;
}
