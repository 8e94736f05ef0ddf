#include "dataplane/hw/bj_hw_book_priv.h"

#include <stdlib.h>

#define TRY_NS (100 * BJ_NS_PER_MS)  /* between looks for a card */
#define LOOK_NS (50 * BJ_NS_PER_MS)  /* between looks at what is void */
#define COUNT_NS BJ_NS_PER_S         /* between looks at all that is counted */
#define SILENT_NS (1 * BJ_NS_PER_S)  /* how long an answer may take */
#define DIFFERS_NS (1 * BJ_NS_PER_S) /* before a token that was wrong is loaded again */

const char *bj_hw_reason_word(bj_hw_reason_t reason) {
    static const char *const words[] = {
#define X(name, word, text) word,
        BJ_HW_REASON_LIST(X)
#undef X
    };
    return words[reason];
}

bj_hw_book_t *bj_hw_book_new(const bj_hw_book_config_t *config) {
    bj_hw_book_t *book = calloc(1, sizeof *book);
    if (!book) return NULL;
    book->config = *config;
    book->config.tokens = NULL;
    book->mirror = bj_hw_mirror_new(config->tokens, config->token_cnt, config->order_max);
    if (!book->mirror) {
        free(book);
        return NULL;
    }
    for (uint32_t i = 0; i < config->token_cnt; i++)
        book->token[i].is = config->tokens[i];
    book->figures.wrong = BJ_HW_NO_CARD;
    return book;
}

void bj_hw_book_free(bj_hw_book_t *book) {
    if (book) bj_hw_mirror_free(book->mirror);
    free(book);
}

const bj_hw_figures_t *bj_hw_book_figures(const bj_hw_book_t *book) {
    return &book->figures;
}
const bj_hw_token_figures_t *bj_hw_book_token(const bj_hw_book_t *book, uint32_t idx) {
    return &book->token_figures[idx];
}

uint32_t bj_hw_book_find(const bj_hw_book_t *book, uint32_t token) {
    return bj_hw_mirror_find(book->mirror, token);
}

/* --- registers */
bool bj_hw_get(bj_hw_book_t *book, uint32_t at, uint32_t *value) {
    bool ok = book->config.card->read(book->config.card_ctx, at, value);
    book->figures.timeouts += !ok;
    return ok;
}
bool bj_hw_put(bj_hw_book_t *book, uint32_t at, uint32_t value) {
    bool ok = book->config.card->write(book->config.card_ctx, at, value);
    book->figures.timeouts += !ok;
    return ok;
}

bool bj_hw_command(bj_hw_book_t *book, uint32_t at, uint32_t idx) {
    enum { TRIES = 200, WAITS = 4 };
    uint32_t status = WAITS;
    for (int tries = 0; (status & WAITS) && tries < TRIES; tries++) {
        if (!bj_hw_get(book, BJ_HW_STATUS, &status)) return false;
    }
    return !(status & WAITS) && bj_hw_put(book, at, idx);
}

/* --- void */
void bj_hw_void(bj_hw_book_t *book, uint32_t idx, bj_hw_reason_t reason) {
    token_t *token = &book->token[idx];
    bj_hw_token_figures_t *figures = &book->token_figures[idx];
    if (!token->exact) return;
    token->exact = false;
    token->retry_ns = 0;
    figures->exact = 0;
    figures->reason = reason;
    figures->voids[reason]++;
    book->figures.voids++;
    book->figures.exact--;
    book->config.say(book->config.say_ctx, idx, BJ_HW_SAY_VOID, 0, NULL);
}

void bj_hw_void_all(bj_hw_book_t *book, bj_hw_reason_t reason) {
    for (uint32_t i = 0; i < book->config.token_cnt; i++)
        bj_hw_void(book, i, reason);
    book->load.phase = LOAD_NONE;
}

static void card_gone(bj_hw_book_t *book, uint32_t why) {
    book->boots = 0;
    book->figures.ready = 0;
    book->figures.wrong = why;
    bj_hw_void_all(book, BJ_HW_REASON_CARD);
}

/* Ours to say, and the card is told so that it stops too. */
static void doubt(bj_hw_book_t *book, uint32_t idx, bj_hw_reason_t reason) {
    if (!book->token[idx].exact) return;
    bj_hw_void(book, idx, reason);
    if (!bj_hw_command(book, BJ_HW_VOID, idx)) card_gone(book, BJ_HW_NO_CARD);
}

/* --- what the card counts */
static const struct {
    uint32_t at;
    bj_hw_counter_t counter;
    bj_hw_reason_t reason;
} causes[] = {
    /* what makes all tokens void first */
    {BJ_HW_CNT_GAP, BJ_HW_COUNTER_GAP, BJ_HW_REASON_GAP},
    {BJ_HW_CNT_MANY, BJ_HW_COUNTER_MANY, BJ_HW_REASON_FRAMES},
    {BJ_HW_CNT_POISON, BJ_HW_COUNTER_POISON, BJ_HW_REASON_FRAMES},
    {BJ_HW_CNT_ROOM, BJ_HW_COUNTER_ROOM, BJ_HW_REASON_ROOM},
    {BJ_HW_CNT_OTHER, BJ_HW_COUNTER_OTHER, BJ_HW_REASON_OTHER},
    {BJ_HW_CNT_OFF, BJ_HW_COUNTER_OFF, BJ_HW_REASON_PRICE},
};

static bool why_void(bj_hw_book_t *book, bj_hw_reason_t *reason) {
    *reason = BJ_HW_REASON_UNSAID;
    for (size_t i = 0; i < BJ_COUNT(causes); i++) {
        uint32_t now, *was = &book->counted[causes[i].counter];
        if (!bj_hw_get(book, causes[i].at, &now)) return false;
        if (now != *was && *reason == BJ_HW_REASON_UNSAID) *reason = causes[i].reason;
        *was = now;
    }
    return true;
}

static bool voids(bj_hw_book_t *book, uint64_t *mask) {
    uint32_t part;
    *mask = 0;
    for (uint32_t see = 0; 32 * see < book->config.token_cnt; see++) {
        if (!bj_hw_put(book, BJ_HW_SEE, see) || !bj_hw_get(book, BJ_HW_VOIDS, &part)) return false;
        *mask |= (uint64_t)part << 32 * see;
    }
    return true;
}

bool bj_hw_look(bj_hw_book_t *book) {
    uint64_t mask, fallen = 0;
    bj_hw_reason_t reason;
    if (!voids(book, &mask)) return false;
    for (uint32_t i = 0; i < book->config.token_cnt; i++)
        fallen |= (uint64_t)book->token[i].exact << i;
    fallen &= mask;
    if (!why_void(book, &reason)) return false;
    for (; fallen; fallen &= fallen - 1)
        bj_hw_void(book, (uint32_t)__builtin_ctzll(fallen), reason);
    return true;
}

static bool count(bj_hw_book_t *book) {
    static const uint32_t at[] = {
#define X(name) BJ_HW_CNT_##name,
        BJ_HW_COUNTER_LIST(X)
#undef X
    };
    uint32_t value;
    for (size_t i = 0; i < BJ_COUNT(at); i++) {
        if (!bj_hw_get(book, at[i], &value)) return false;
        book->figures.counters[i] = value;
    }
    if (!bj_hw_get(book, BJ_HW_STASH, &value)) return false;
    book->figures.stash = value;
    if (!bj_hw_get(book, BJ_HW_NEXT_SEQ, &value)) return false;
    book->figures.card_seq = value;
    return true;
}

/* --- in */
void bj_hw_book_message(bj_hw_book_t *book, const bj_feed_msg_t *msg, int64_t now_ns) {
    if (!msg) {
        bj_hw_mirror_clear(book->mirror);
        bj_hw_void_all(book, BJ_HW_REASON_CLEARED);
        book->figures.lost = 0;
        return;
    }
    if (!bj_hw_mirror_apply(book->mirror, msg, now_ns) && !book->figures.lost)
        bj_hw_book_lost(book);
    book->figures.book_seq = bj_hw_mirror_next(book->mirror);
}

void bj_hw_book_lost(bj_hw_book_t *book) {
    book->figures.lost = 1;
    bj_hw_void_all(book, BJ_HW_REASON_FULL);
}

/* --- answers */
static bool same_levels(const bj_hw_level_t *card, const bj_feed_card_level_t *book, uint32_t cnt) {
    bool same = true;
    for (uint32_t i = 0; i < cnt; i++)
        same &= card[i].qty == book[i].qty &&
                (!book[i].qty || card[i].price_paise == book[i].price_paise);
    return same;
}

static void clocks(uint64_t *min, uint64_t *max, uint64_t clocks) {
    if (!*max || clocks < *min) *min = clocks;
    if (clocks > *max) *max = clocks;
}

static void compare(bj_hw_book_t *book, const bj_hw_answer_t *answer, const bj_hw_due_t *due,
                    int64_t now_ns) {
    bj_hw_figures_t *figures = &book->figures;
    bj_hw_token_figures_t *own = &book->token_figures[due->idx];
    bool same = true;
    for (int side = 0; side < 2; side++)
        same &= same_levels(&answer->top[side], due->depth.side[side], 1) &&
                same_levels(answer->deep[side], due->depth.side[side], BJ_HW_LEVELS);
    figures->compared++, own->compared++;
    figures->equal += same, own->equal += same;
    figures->different += !same, own->different += !same;
    if (same) {
        book->config.say(book->config.say_ctx, due->idx, BJ_HW_SAY_ANSWER, due->seq, &due->depth);
        return;
    }
    figures->differs_ns = (uint64_t)now_ns;
    doubt(book, due->idx, BJ_HW_REASON_DIFFERS);
    book->token[due->idx].retry_ns = now_ns + DIFFERS_NS;
}

static bool counts(const bj_hw_book_t *book, uint32_t idx, uint32_t seq) {
    return book->token[idx].exact && (int32_t)(seq - book->token[idx].from_seq) >= 0;
}

/* The card may have had GOOD already, and we not know. */
static bool is_open(const bj_hw_book_t *book, uint32_t idx, uint32_t seq) {
    const load_t *load = &book->load;
    return load->phase >= LOAD_SEND && load->idx == idx && (int32_t)(seq - load->from_seq) >= 0;
}

/* The card mostly knows why, if it is asked. */
static void unanswered(bj_hw_book_t *book, uint32_t idx) {
    if (!bj_hw_look(book)) card_gone(book, BJ_HW_NO_CARD);
    doubt(book, idx, BJ_HW_REASON_SILENT);
}

/* What was due before this answer and did not come. */
static const bj_hw_due_t *due_at(bj_hw_book_t *book, uint32_t seq) {
    const bj_hw_due_t *due;
    while ((due = bj_hw_mirror_due(book->mirror)) != NULL && (int32_t)(due->seq - seq) < 0) {
        if (counts(book, due->idx, due->seq)) unanswered(book, due->idx);
        bj_hw_mirror_due_done(book->mirror);
    }
    return due && due->seq == seq ? due : NULL;
}

static void take(bj_hw_book_t *book, const bj_hw_answer_t *answer, int64_t now_ns) {
    bj_hw_figures_t *figures = &book->figures;
    clocks(&figures->top_clocks_min, &figures->top_clocks_max, answer->top_clocks);
    clocks(&figures->deep_clocks_min, &figures->deep_clocks_max, answer->deep_clocks);
    if (!counts(book, answer->idx, answer->seq)) return;
    const bj_hw_due_t *due = due_at(book, answer->seq);
    if (answer->is_void) {
        if (!bj_hw_look(book)) card_gone(book, BJ_HW_NO_CARD);
        bj_hw_void(book, answer->idx, BJ_HW_REASON_UNSAID);
    } else if (!due || due->idx != answer->idx) {
        doubt(book, answer->idx, BJ_HW_REASON_STRAY);
    } else {
        compare(book, answer, due, now_ns);
    }
    if (due) bj_hw_mirror_due_done(book->mirror);
}

/* The C book has yet to come to where this answer was given.  One that stands nowhere must not keep
 * the others behind it. */
static bool is_ahead(bj_hw_book_t *book, const bj_hw_answer_t *answer, int64_t now_ns) {
    bool ahead = counts(book, answer->idx, answer->seq) &&
                 (int32_t)(answer->seq - bj_hw_mirror_next(book->mirror)) >= 0;
    if (!ahead)
        book->ahead_ns = 0;
    else if (!book->ahead_ns)
        book->ahead_ns = now_ns;
    if (!ahead || now_ns - book->ahead_ns < SILENT_NS) return ahead;
    doubt(book, answer->idx, BJ_HW_REASON_STRAY);
    return false;
}

/* An answer waits until the C book is where it was given, and until it is known whether its token
 * is exact again. */
static uint32_t take_answers(bj_hw_book_t *book, int64_t now_ns) {
    enum { AT_ONCE = 256 };
    const bj_hw_card_ops_t *card = book->config.card;
    const bj_hw_answer_t *there;
    uint32_t cnt = 0;
    for (; cnt < AT_ONCE && (there = card->answer(book->config.card_ctx)) != NULL; cnt++) {
        const bj_hw_answer_t answer = *there;      /* where the card may write: */
        atomic_signal_fence(memory_order_acq_rel); /* it is not read again */
        bool known = answer.idx < book->config.token_cnt;
        bool open = known && is_open(book, answer.idx, answer.seq);
        if (open && !answer.is_void) break;
        if (open) (void)bj_hw_give_up(book, now_ns, false);
        if (known && is_ahead(book, &answer, now_ns)) break;
        if (known) take(book, &answer, now_ns);
        card->answer_done(book->config.card_ctx);
    }
    return cnt;
}

/* What nobody counts on, and what has not come for too long. */
static void prune(bj_hw_book_t *book, int64_t now_ns) {
    const bj_hw_due_t *due;
    while ((due = bj_hw_mirror_due(book->mirror)) != NULL) {
        if (is_open(book, due->idx, due->seq)) return;
        if (counts(book, due->idx, due->seq)) {
            if (now_ns - due->since_ns < SILENT_NS) return;
            unanswered(book, due->idx);
        }
        bj_hw_mirror_due_done(book->mirror);
    }
}

/* --- time */
static void meet(bj_hw_book_t *book, uint32_t boots) {
    if (book->boots) card_gone(book, BJ_HW_NO_CARD);
    if (!boots) book->figures.wrong = BJ_HW_NO_CARD;
    if (!boots || !bj_hw_program(book)) return;
    memset(book->counted, 0, sizeof book->counted);
    for (uint32_t i = 0; i < book->config.token_cnt; i++)
        book->token[i].retry_ns = 0;
    book->boots = boots;
    book->figures.boots++;
    book->figures.ready = 1;
    book->figures.wrong = BJ_HW_RIGHT;
}

uint32_t bj_hw_book_step(bj_hw_book_t *book, int64_t now_ns) {
    uint32_t boots = book->config.card->boots(book->config.card_ctx);
    if (boots != book->boots || !boots) {
        if (book->boots || now_ns >= book->try_ns) {
            book->try_ns = now_ns + TRY_NS;
            meet(book, boots);
        }
        if (!book->boots) {
            prune(book, now_ns);
            return 0;
        }
    }
    uint32_t done = take_answers(book, now_ns);
    prune(book, now_ns);
    if (!book->boots) return done;
    if (!book->figures.lost) done += bj_hw_load_step(book, now_ns);
    bool ok = true;
    if (now_ns >= book->look_ns) {
        book->look_ns = now_ns + LOOK_NS;
        ok = bj_hw_look(book);
    }
    if (ok && now_ns >= book->count_ns) {
        book->count_ns = now_ns + COUNT_NS;
        ok = count(book);
    }
    if (!ok && book->boots) card_gone(book, BJ_HW_NO_CARD);
    return done;
}
