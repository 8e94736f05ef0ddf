#include "controlplane/audit/bj_trail_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "controlplane/audit/bj_trail_check.h"
#include "controlplane/audit/bj_trail_spool.h"
#include "controlplane/audit/bj_trail_tree.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { BATCH = 500, AGAIN = 400, AGAIN_EVERY = 4, PATH_BYTES = 512 };

struct bj_trail_keeper {
    bj_trail_keeper_config_t config;
    bj_trail_key_t   *key;
    bj_trail_spool_t *spool;
    int               heads_fd, tree_fd;
    pthread_t         thread;
    pthread_mutex_t   lock;
    pthread_cond_t    wake;
    bool              stop;
    /* The thread's own: */
    bj_merkle_t      tree; /* over every entry it has seen */
    bj_merkle_hash_t chain;
    int64_t          new_since_ns; /* monotonic; 0: every entry seen is under a head */
    uint64_t         step_cnt, again_seq; /* old entries up to here were looked at again */
    bool             broken, refused; /* refused: a line of the spool, since the start */
    /* With the lock: */
    bool               has_head;
    bj_trail_head_t    head;
    char               note[BJ_TRAIL_NOTE_BYTES], trouble[BJ_TRAIL_NOTE_BYTES];
    bj_trail_figures_t figures;
};

/* --- what an operator sees */

static void say(bj_trail_keeper_t *keeper, const char *why) {
    pthread_mutex_lock(&keeper->lock);
    bool news = strcmp(keeper->trouble, why) != 0;
    if (news) snprintf(keeper->trouble, sizeof keeper->trouble, "%s", why);
    pthread_mutex_unlock(&keeper->lock);
    if (news && *why) BJ_ERROR("audit trail: %s", why);
    if (news && !*why) BJ_INFO("audit trail: all is well again");
}

/* What the spool lost stays said until somebody has looked and starts this anew. */
static void say_well(bj_trail_keeper_t *keeper) {
    say(keeper, keeper->refused ? "a line of the spool was not taken: see the log" : "");
}

/* For good: nothing is signed over it. */
static void broken(bj_trail_keeper_t *keeper, const char *why) {
    keeper->broken = true;
    say(keeper, why);
}

/* --- new entries */

static void add_entry(void *ctx, const bj_trail_entry_t *entry) {
    bj_trail_keeper_t *keeper = ctx;
    char why[BJ_TRAIL_WHY_BYTES];
    bj_merkle_hash_t leaf, done[BJ_MERKLE_LEVELS];
    uint64_t before = keeper->tree.leaf_cnt;
    if (keeper->broken) return;
    if (bj_trail_wrong(entry, before, &keeper->chain, &leaf, why)) {
        broken(keeper, why);
        return;
    }
    size_t done_cnt = bj_merkle_add(&keeper->tree, &leaf, done);
    keeper->chain = entry->chain;
    if (!bj_trail_tree_write(keeper->tree_fd, before, done, done_cnt)) {
        broken(keeper, "the tree's file cannot be written");
    }
    if (keeper->has_head && entry->seq == keeper->head.size) {
        bj_merkle_hash_t root = bj_merkle_root(&keeper->tree);
        if (!bj_merkle_same(&root, &keeper->head.root)) {
            broken(keeper, "the entries are not those that were signed: bijlictl audit verify "
                           "says which");
        }
    }
}

/* Follows the trail to its end.  False: the database cannot say now. */
static bool follow(bj_trail_keeper_t *keeper) {
    for (uint64_t before = UINT64_MAX; before != keeper->tree.leaf_cnt && !keeper->broken;) {
        before = keeper->tree.leaf_cnt;
        bj_trail_filter_t filter = {.after = before, .limit = BATCH};
        if (bj_trail_select(keeper->config.db, &filter, true, add_entry, keeper) != BJ_OK) {
            return false;
        }
    }
    uint64_t signed_cnt = keeper->has_head ? keeper->head.size : 0;
    if (keeper->tree.leaf_cnt < signed_cnt && !keeper->broken) {
        char why[BJ_TRAIL_WHY_BYTES];
        snprintf(why, sizeof why, "entries from %" PRIu64 " on are missing: %" PRIu64
                 " were signed", keeper->tree.leaf_cnt + 1, signed_cnt);
        broken(keeper, why);
    }
    if (keeper->tree.leaf_cnt > signed_cnt && !keeper->new_since_ns) {
        keeper->new_since_ns = bj_clock_mono_ns();
    }
    return true;
}

/* --- heads */

static bool write_note(bj_trail_keeper_t *keeper, const char *note) {
    char text[BJ_TRAIL_NOTE_BYTES + 1];
    /* The empty line first: what a full disk cut off does not run into it. */
    int n = snprintf(text, sizeof text, "\n%s", note);
    return write(keeper->heads_fd, text, (size_t)n) == n && fdatasync(keeper->heads_fd) == 0;
}

static void sign(bj_trail_keeper_t *keeper) {
    char note[BJ_TRAIL_NOTE_BYTES];
    bj_trail_head_t head = {.size = keeper->tree.leaf_cnt, .time_ns = bj_clock_wall_ns(),
                            .root = bj_merkle_root(&keeper->tree), .chain = keeper->chain};
    head.time_ns -= head.time_ns % BJ_NS_PER_MS;
    /* A clock that was set back: heads stay in the order of their times. */
    if (keeper->has_head && head.time_ns < keeper->head.time_ns) {
        head.time_ns = keeper->head.time_ns;
    }
    /* The tree first: what a head vouches for can be proved as soon as there is the head. */
    if (fdatasync(keeper->tree_fd) != 0 || !bj_trail_head_sign(&head, keeper->key, note) ||
        !write_note(keeper, note)) {
        say(keeper, "a head cannot be written");
        return;
    }
    pthread_mutex_lock(&keeper->lock);
    keeper->has_head = true;
    keeper->head = head;
    memcpy(keeper->note, note, sizeof keeper->note);
    keeper->figures.heads++;
    pthread_mutex_unlock(&keeper->lock);
    keeper->new_since_ns = 0;
    say_well(keeper);
}

static bool is_due(const bj_trail_keeper_t *keeper) {
    if (!keeper->new_since_ns) return false;
    uint64_t new_cnt = keeper->tree.leaf_cnt - (keeper->has_head ? keeper->head.size : 0);
    return new_cnt >= keeper->config.head_every_cnt ||
           bj_clock_mono_ns() - keeper->new_since_ns >= keeper->config.head_every_ns;
}

/* --- old entries, again */

typedef struct again {
    bj_trail_keeper_t *keeper;
    uint64_t           expected;
} again_t;

static void look_again(void *ctx, const bj_trail_entry_t *entry) {
    again_t *again = ctx;
    bj_merkle_hash_t leaf = bj_trail_leaf(entry), kept;
    char why[BJ_TRAIL_WHY_BYTES];
    if (again->keeper->broken || entry->seq > again->keeper->tree.leaf_cnt) return;
    bool same = entry->seq == again->expected &&
                bj_trail_tree_read(&again->keeper->tree_fd, 0, entry->seq - 1, &kept) &&
                bj_merkle_same(&kept, &leaf);
    if (!same) {
        snprintf(why, sizeof why, "entry %" PRIu64 " was changed or taken out", again->expected);
        broken(again->keeper, why);
    }
    again->expected = entry->seq + 1;
}

static void again(bj_trail_keeper_t *keeper) {
    if (keeper->again_seq >= keeper->tree.leaf_cnt) keeper->again_seq = 0;
    again_t again = {keeper, keeper->again_seq + 1};
    bj_trail_filter_t filter = {.after = keeper->again_seq, .limit = AGAIN};
    bj_status_t status = bj_trail_select(keeper->config.db, &filter, true, look_again, &again);
    if (status != BJ_OK || keeper->broken) return;
    uint64_t until = keeper->again_seq + AGAIN;
    if (until > keeper->tree.leaf_cnt) until = keeper->tree.leaf_cnt;
    if (again.expected <= until) { /* fewer than there were */
        char why[BJ_TRAIL_WHY_BYTES];
        snprintf(why, sizeof why, "entry %" PRIu64 " was taken out", again.expected);
        broken(keeper, why);
    }
    pthread_mutex_lock(&keeper->lock);
    keeper->figures.looked_at_again += until - keeper->again_seq;
    pthread_mutex_unlock(&keeper->lock);
    keeper->again_seq = until;
}

/* --- the thread */

static void step(bj_trail_keeper_t *keeper, bool last) {
    size_t late_cnt;
    bj_status_t drained = bj_trail_spool_drain(keeper->spool, keeper->config.db, &late_cnt);
    if (late_cnt) BJ_INFO("audit trail: %zu entries came in from the spool", late_cnt);
    if (drained == BJ_ERR_IO) say(keeper, "the spool cannot be read");
    if (drained == BJ_ERR_BAD_FIELD) {
        keeper->refused = true;
        if (!keeper->broken) say_well(keeper);
    }
    if (keeper->broken || !follow(keeper)) return;
    if (!keeper->broken && (is_due(keeper) || (last && keeper->new_since_ns))) sign(keeper);
    if (!keeper->broken && keeper->step_cnt++ % AGAIN_EVERY == 0) again(keeper);
    pthread_mutex_lock(&keeper->lock);
    keeper->figures.entries = keeper->tree.leaf_cnt;
    keeper->figures.signed_entries = keeper->has_head ? keeper->head.size : 0;
    pthread_mutex_unlock(&keeper->lock);
}

static void *run(void *arg) {
    bj_trail_keeper_t *keeper = arg;
    for (bool stop = false; !stop;) {
        step(keeper, false);
        int64_t due_ns = bj_clock_mono_ns() + BJ_NS_PER_S;
        struct timespec due = {.tv_sec = due_ns / BJ_NS_PER_S, .tv_nsec = due_ns % BJ_NS_PER_S};
        pthread_mutex_lock(&keeper->lock);
        while (!keeper->stop && pthread_cond_clockwait(&keeper->wake, &keeper->lock,
                                                       CLOCK_MONOTONIC, &due) == 0) {}
        stop = keeper->stop;
        pthread_mutex_unlock(&keeper->lock);
    }
    step(keeper, true);
    return NULL;
}

/* --- start */

/* The last head of the file. */
static bool read_heads(bj_trail_keeper_t *keeper, const char *file) {
    char note[BJ_TRAIL_NOTE_BYTES];
    size_t torn_cnt = 0;
    FILE *in = fopen(file, "re");
    if (!in) return false;
    while (bj_trail_note_next(in, note, &torn_cnt)) {
        memcpy(keeper->note, note, sizeof keeper->note);
        keeper->has_head = true;
        keeper->figures.heads++;
    }
    fclose(in);
    if (!keeper->has_head ||
        bj_trail_head_open(keeper->note, keeper->key, &keeper->head) == BJ_OK) {
        return true;
    }
    BJ_ERROR("%s: its last head was not signed with this key: it is no heads of ours", file);
    return false;
}

/* From where the tree's file leads to the last head; else from the first entry on. */
static void load_tree(bj_trail_keeper_t *keeper) {
    bj_merkle_t tree;
    if (!keeper->has_head || !bj_merkle_load(bj_trail_tree_read, &keeper->tree_fd,
                                             keeper->head.size, &tree)) {
        return;
    }
    bj_merkle_hash_t root = bj_merkle_root(&tree);
    if (!bj_merkle_same(&root, &keeper->head.root)) {
        BJ_WARN("the tree's file does not lead to the last head: it is made again");
        return;
    }
    keeper->tree = tree;
    keeper->chain = keeper->head.chain;
}

static bool open_files(bj_trail_keeper_t *keeper) {
    char file[PATH_BYTES];
    const char *dir = keeper->config.dir;
    if (mkdir(dir, 0755) != 0 && errno != EEXIST) return false;
    snprintf(file, sizeof file, "%s/spool", dir);
    keeper->spool = bj_trail_spool_new(file);
    snprintf(file, sizeof file, "%s/tree", dir);
    keeper->tree_fd = bj_trail_tree_open(file, true);
    snprintf(file, sizeof file, "%s/heads", dir);
    keeper->heads_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (!keeper->spool || keeper->tree_fd < 0 || keeper->heads_fd < 0) return false;
    /* Hashes and a signature, for whoever checks them or takes them to another machine. */
    if (fchmod(keeper->heads_fd, 0644) != 0) return false;
    if (!read_heads(keeper, file)) return false;
    load_tree(keeper);
    return true;
}

static void close_files(bj_trail_keeper_t *keeper) {
    bj_trail_spool_free(keeper->spool);
    if (keeper->tree_fd >= 0) close(keeper->tree_fd);
    if (keeper->heads_fd >= 0) close(keeper->heads_fd);
    bj_trail_key_free(keeper->key);
    free(keeper);
}

bj_trail_keeper_t *bj_trail_keeper_new(const bj_trail_keeper_config_t *config) {
    bj_trail_keeper_t *keeper = calloc(1, sizeof *keeper);
    if (!keeper) return NULL;
    keeper->config = *config;
    keeper->tree_fd = keeper->heads_fd = -1;
    keeper->key = bj_trail_key_private(config->key_file);
    bool ok = false;
    if (!keeper->key) BJ_ERROR("%s is no Ed25519 private key", config->key_file);
    else if (!(ok = open_files(keeper))) BJ_ERROR("%s: its files cannot be used", config->dir);
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->wake, NULL);
    if (ok && pthread_create(&keeper->thread, NULL, run, keeper) == 0) return keeper;
    close_files(keeper);
    return NULL;
}

void bj_trail_keeper_free(bj_trail_keeper_t *keeper) {
    if (!keeper) return;
    pthread_mutex_lock(&keeper->lock);
    keeper->stop = true;
    pthread_cond_broadcast(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    close_files(keeper);
}

/* --- for others */

bj_status_t bj_trail_log(bj_trail_keeper_t *keeper, const bj_trail_who_t *who,
                         const bj_trail_act_t *act) {
    bj_status_t status = bj_trail_add(keeper->config.db, who, act);
    if (status == BJ_OK || status == BJ_ERR_BAD_FIELD) return status;
    status = bj_trail_spool_put(keeper->spool, who, act);
    if (status != BJ_OK) return status;
    pthread_mutex_lock(&keeper->lock);
    keeper->figures.spooled++;
    pthread_mutex_unlock(&keeper->lock);
    return BJ_OK;
}

bool bj_trail_keeper_head(bj_trail_keeper_t *keeper, bj_trail_head_t *head,
                          char note[BJ_TRAIL_NOTE_BYTES]) {
    pthread_mutex_lock(&keeper->lock);
    bool has = keeper->has_head;
    *head = keeper->head;
    memcpy(note, keeper->note, sizeof keeper->note);
    pthread_mutex_unlock(&keeper->lock);
    return has;
}

static bool is_signed(bj_trail_keeper_t *keeper, uint64_t leaf_cnt) {
    bj_trail_head_t head;
    char note[BJ_TRAIL_NOTE_BYTES];
    return bj_trail_keeper_head(keeper, &head, note) && leaf_cnt <= head.size;
}

bool bj_trail_keeper_inclusion(bj_trail_keeper_t *keeper, uint64_t seq, uint64_t leaf_cnt,
                               bj_merkle_proof_t *proof) {
    return seq > 0 && is_signed(keeper, leaf_cnt) &&
           bj_merkle_inclusion(bj_trail_tree_read, &keeper->tree_fd, seq - 1, leaf_cnt, proof);
}

bool bj_trail_keeper_consistency(bj_trail_keeper_t *keeper, uint64_t old_cnt, uint64_t leaf_cnt,
                                 bj_merkle_proof_t *proof) {
    return is_signed(keeper, leaf_cnt) &&
           bj_merkle_consistency(bj_trail_tree_read, &keeper->tree_fd, old_cnt, leaf_cnt, proof);
}

bool bj_trail_keeper_trouble(bj_trail_keeper_t *keeper, char why[BJ_TRAIL_NOTE_BYTES]) {
    pthread_mutex_lock(&keeper->lock);
    memcpy(why, keeper->trouble, sizeof keeper->trouble);
    pthread_mutex_unlock(&keeper->lock);
    return why[0] != '\0';
}

void bj_trail_keeper_figures(bj_trail_keeper_t *keeper, bj_trail_figures_t *figures) {
    pthread_mutex_lock(&keeper->lock);
    *figures = keeper->figures;
    pthread_mutex_unlock(&keeper->lock);
}
