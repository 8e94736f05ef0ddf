#include "controlplane/identity/bj_session.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/identity/bj_identity.h"

bool bj_session_write(const bj_caller_t *caller, char out[BJ_SESSION_JSON_BYTES]) {
    char hash[BJ_HASH_HEX_BYTES], session[BJ_HASH_HEX_BYTES];
    const bj_rights_t *rights = &caller->rights;
    json_t *json = json_pack(
        "{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:I,"
        " s:s, s:I, s:[I,I,I,I,I,b,I]}",
        "hash",
        bj_hash_hex(caller->token_hash, hash), "session",
        bj_hash_hex(caller->session_hash, session), "user_id", (json_int_t)caller->user_id,
        "account_id",
        (json_int_t)caller->account_id, "role", bj_role_name(caller->role), "email", caller->email,
        "name", caller->name, "csrf", caller->csrf, "created_ns", (json_int_t)caller->created_ns,
        "expires_ns", (json_int_t)caller->expires_ns, "seen_ns", (json_int_t)caller->seen_ns,
        "proved_ns", (json_int_t)caller->proved_ns, "rotated_ns",
        (json_int_t)caller->rotated_ns, "proved_by", (json_int_t)caller->proved_by, "home",
        caller->home, "home_ns", (json_int_t)caller->home_ns, "moved_ns",
        (json_int_t)caller->moved_ns, "device", caller->device, "device_to_ns",
        (json_int_t)caller->device_to_ns, "rights",
        (json_int_t)rights->branch_id,
        (json_int_t)rights->segments, (json_int_t)rights->order_max_paise,
        (json_int_t)rights->from_minute, (json_int_t)rights->to_minute, (int)rights->phone_due,
        (json_int_t)rights->held);
    if (!json) return false;
    size_t n = json_dumpb(json, out, BJ_SESSION_JSON_BYTES - 1, JSON_COMPACT);
    json_decref(json);
    if (n == 0 || n >= BJ_SESSION_JSON_BYTES) return false;
    out[n] = '\0';
    return true;
}

static bool hash_read(const char *hex, uint8_t out[BJ_HASH_BYTES]) {
    char again[BJ_HASH_HEX_BYTES];
    if (strlen(hex) != BJ_HASH_HEX_BYTES - 1) return false;
    for (size_t i = 0; i < BJ_HASH_BYTES; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) return false;
        out[i] = (uint8_t)byte;
    }
    return strcmp(bj_hash_hex(out, again), hex) == 0;
}

static bool text_fits(char *out, size_t out_bytes, const char *text) {
    int n = snprintf(out, out_bytes, "%s", text);
    return n >= 0 && (size_t)n < out_bytes;
}

static bool rights_read(const json_int_t word[5], bj_rights_t *rights) {
    *rights = (bj_rights_t){.branch_id = (uint32_t)word[0], .segments = (unsigned)word[1],
                            .order_max_paise = word[2], .from_minute = (int32_t)word[3],
                            .to_minute = (int32_t)word[4]};
    return word[0] > 0 && word[0] <= UINT16_MAX && word[1] >= 0 && word[1] <= BJ_TRADES_ALL &&
           word[2] >= 0 && word[3] >= 0 && word[3] < word[4] && word[4] <= BJ_DAY_MINUTES;
}

bool bj_session_read(const char *text, size_t text_bytes, bj_caller_t *caller) {
    const char *hash, *session, *role, *email, *name, *csrf, *home, *device;
    json_int_t right[5], user_id, account_id, created_ns, expires_ns, seen_ns, proved_ns;
    json_int_t rotated_ns, proved_by, held, home_ns, moved_ns, device_to_ns;
    int phone_due = 0;
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    json_t *json = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, NULL);
    bool ok = json &&
              json_unpack_ex(json, NULL, JSON_STRICT,
                             "{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I,"
                             " s:I, s:s, s:I, s:I, s:s, s:I, s:[I,I,I,I,I,b,I!]}", "hash", &hash,
                             "session", &session,
                             "user_id", &user_id,
                             "account_id", &account_id, "role", &role, "email", &email, "name",
                             &name, "csrf", &csrf, "created_ns", &created_ns, "expires_ns",
                             &expires_ns, "seen_ns", &seen_ns,
                             "proved_ns", &proved_ns, "rotated_ns", &rotated_ns, "proved_by",
                             &proved_by, "home", &home, "home_ns", &home_ns, "moved_ns",
                             &moved_ns, "device", &device, "device_to_ns", &device_to_ns,
                             "rights",
                             &right[0], &right[1], &right[2],
                             &right[3], &right[4], &phone_due, &held) == 0 &&
              held >= 0 && held <= BJ_DEMAND_PASSKEY && proved_by >= 0 &&
              proved_by < BJ_PROOF_BY_CNT &&
              rights_read(right, &caller->rights) &&
              hash_read(hash, caller->token_hash) && hash_read(session, caller->session_hash) &&
              text_fits(caller->email, sizeof caller->email, email) &&
              text_fits(caller->name, sizeof caller->name, name) &&
              text_fits(caller->csrf, sizeof caller->csrf, csrf) &&
              text_fits(caller->home, sizeof caller->home, home) &&
              text_fits(caller->device, sizeof caller->device, device) && user_id > 0 &&
              account_id > 0 &&
              account_id <= UINT32_MAX && bj_role_of(role) != BJ_ROLE_NONE;
    if (ok) {
        caller->rights.phone_due = phone_due;
        caller->rights.held = (bj_demand_t)held;
        caller->proved_by = (bj_proof_by_t)proved_by;
        caller->role = bj_role_of(role);
        caller->user_id = (uint64_t)user_id;
        caller->account_id = (uint32_t)account_id;
        caller->created_ns = created_ns;
        caller->expires_ns = expires_ns;
        caller->seen_ns = seen_ns;
        caller->proved_ns = proved_ns;
        caller->rotated_ns = rotated_ns;
        caller->home_ns = home_ns;
        caller->moved_ns = moved_ns;
        caller->device_to_ns = device_to_ns;
    }
    json_decref(json);
    return ok;
}

bool bj_session_alive(const bj_caller_t *caller, int64_t now_ns) {
    return now_ns < caller->expires_ns && now_ns - caller->created_ns < BJ_SESSION_LIFE_NS &&
           now_ns - caller->seen_ns < BJ_SESSION_IDLE_NS;
}

/* Where a hash may lie: four places, the oldest gives way. */
enum { WAYS = 4 };

enum { SETS = BJ_SESSION_MEMORY / WAYS };

struct bj_session_memory {
    pthread_mutex_t lock;
    uint32_t turn[SETS]; /* of each four places: how often something in them was forgotten */
    struct {
        int64_t     seen_ns;     /* PostgreSQL confirmed it then; 0: it did not */
        int64_t     fresh_to_ns; /* may be used unasked until then; 0: free */
        bj_caller_t caller;
    } slot[BJ_SESSION_MEMORY];
    struct {
        int64_t to_ns; /* believed until then */
        uint8_t hash[BJ_HASH_BYTES];
    } none[BJ_SESSION_MEMORY]; /* by its hash: a later one takes the place */
};

bj_session_memory_t *bj_session_memory_new(void) {
    bj_session_memory_t *memory = calloc(1, sizeof *memory);
    if (!memory) abort();
    pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

void bj_session_memory_free(bj_session_memory_t *memory) {
    if (memory) pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static size_t set_of(const uint8_t *token_hash) {
    uint64_t word;
    memcpy(&word, token_hash, sizeof word);
    return word % SETS;
}

/* The slot of this hash, or SIZE_MAX. */
static size_t find(const bj_session_memory_t *memory, const uint8_t *token_hash) {
    size_t at = set_of(token_hash) * WAYS;
    for (size_t i = at; i < at + WAYS; i++) {
        if (memory->slot[i].fresh_to_ns &&
            memcmp(memory->slot[i].caller.token_hash, token_hash, BJ_HASH_BYTES) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Where it lies, or the place of the one that was used longest ago. */
static size_t place(bj_session_memory_t *memory, const uint8_t *token_hash) {
    size_t at = find(memory, token_hash);
    if (at != SIZE_MAX) return at;
    at = set_of(token_hash) * WAYS;
    for (size_t i = at, end = at + WAYS; i < end; i++) {
        if (memory->slot[i].fresh_to_ns < memory->slot[at].fresh_to_ns) at = i;
    }
    memory->slot[at].seen_ns = 0;
    return at;
}

uint32_t bj_session_turn(bj_session_memory_t *memory, const uint8_t *token_hash) {
    pthread_mutex_lock(&memory->lock);
    uint32_t turn = memory->turn[set_of(token_hash)];
    pthread_mutex_unlock(&memory->lock);
    return turn;
}

/* seen_ns 0: as it was. */
static void put(bj_session_memory_t *memory, const bj_caller_t *caller, uint32_t turn,
                int64_t seen_ns) {
    pthread_mutex_lock(&memory->lock);
    if (memory->turn[set_of(caller->token_hash)] == turn) {
        size_t at = place(memory, caller->token_hash);
        if (seen_ns) memory->slot[at].seen_ns = seen_ns;
        memory->slot[at].fresh_to_ns = bj_clock_mono_ns() + BJ_SESSION_FRESH_NS;
        memory->slot[at].caller = *caller;
    }
    pthread_mutex_unlock(&memory->lock);
}

void bj_session_remember(bj_session_memory_t *memory, const bj_caller_t *caller, uint32_t turn,
                         int64_t now_ns) {
    put(memory, caller, turn, now_ns);
}

void bj_session_lean(bj_session_memory_t *memory, const bj_caller_t *caller, uint32_t turn) {
    put(memory, caller, turn, 0);
}

void bj_session_forget(bj_session_memory_t *memory, const uint8_t *token_hash) {
    pthread_mutex_lock(&memory->lock);
    memory->turn[set_of(token_hash)]++;
    size_t at = find(memory, token_hash);
    if (at != SIZE_MAX) memory->slot[at].seen_ns = memory->slot[at].fresh_to_ns = 0;
    pthread_mutex_unlock(&memory->lock);
}

void bj_session_doubt(bj_session_memory_t *memory) {
    pthread_mutex_lock(&memory->lock);
    for (size_t i = 0; i < SETS; i++) memory->turn[i]++;
    for (size_t i = 0; i < BJ_SESSION_MEMORY; i++) memory->slot[i].seen_ns = 0;
    pthread_mutex_unlock(&memory->lock);
}

bool bj_session_recall(bj_session_memory_t *memory, const uint8_t *token_hash, int64_t now_ns,
                       int64_t age_max_ns, bj_caller_t *caller) {
    pthread_mutex_lock(&memory->lock);
    size_t at = find(memory, token_hash);
    bool ok = at != SIZE_MAX && memory->slot[at].seen_ns &&
              now_ns - memory->slot[at].seen_ns < age_max_ns;
    if (ok) *caller = memory->slot[at].caller;
    pthread_mutex_unlock(&memory->lock);
    return ok;
}

bool bj_session_fresh(bj_session_memory_t *memory, const uint8_t *token_hash, int64_t mono_ns,
                      bj_caller_t *caller) {
    pthread_mutex_lock(&memory->lock);
    size_t at = find(memory, token_hash);
    bool ok = at != SIZE_MAX && mono_ns < memory->slot[at].fresh_to_ns;
    if (ok) *caller = memory->slot[at].caller;
    pthread_mutex_unlock(&memory->lock);
    return ok;
}

bool bj_session_seen(bj_session_memory_t *memory, const uint8_t *token_hash) {
    pthread_mutex_lock(&memory->lock);
    bool seen = find(memory, token_hash) != SIZE_MAX;
    pthread_mutex_unlock(&memory->lock);
    return seen;
}

static size_t none_at(const uint8_t *token_hash) {
    uint64_t word;
    memcpy(&word, token_hash, sizeof word);
    return word % BJ_SESSION_MEMORY;
}

void bj_session_note_none(bj_session_memory_t *memory, const uint8_t *token_hash, int64_t mono_ns) {
    size_t at = none_at(token_hash);
    pthread_mutex_lock(&memory->lock);
    memory->none[at].to_ns = mono_ns + BJ_SESSION_NONE_NS;
    memcpy(memory->none[at].hash, token_hash, BJ_HASH_BYTES);
    pthread_mutex_unlock(&memory->lock);
}

bool bj_session_is_none(bj_session_memory_t *memory, const uint8_t *token_hash, int64_t mono_ns) {
    size_t at = none_at(token_hash);
    pthread_mutex_lock(&memory->lock);
    bool none = mono_ns < memory->none[at].to_ns &&
                memcmp(memory->none[at].hash, token_hash, BJ_HASH_BYTES) == 0;
    pthread_mutex_unlock(&memory->lock);
    return none;
}
