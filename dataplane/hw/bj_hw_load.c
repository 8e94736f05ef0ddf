/* A card's tables, and books into it. */
#include "dataplane/hw/bj_hw_book_priv.h"

#define PATIENCE_NS (2 * BJ_NS_PER_S) /* for a phase of a load */
#define RETRY_NS (20 * BJ_NS_PER_MS)  /* doubled with each failure in a row, up to */
#define RETRY_MAX_NS (2 * BJ_NS_PER_S)

enum { STATUS_UP = 1, STATUS_MASK = 7, CARD_ID = 0x424a4857 };

static uint32_t wrong(bj_hw_book_t *book, uint32_t why) {
    book->figures.wrong = why;
    return why;
}

/* Whether it is ours, big enough, and has emptied its tables. */
static bool is_fit(bj_hw_book_t *book, uint32_t *place_bits) {
    uint32_t id, shape, status;
    if (!bj_hw_get(book, BJ_HW_ID, &id) || !bj_hw_get(book, BJ_HW_SHAPE, &shape) ||
        !bj_hw_get(book, BJ_HW_STATUS, &status))
        return !wrong(book, BJ_HW_NO_CARD);
    book->figures.shape = shape;
    uint32_t token_bits = shape & 0xff, levels = shape >> 24 & 15;
    *place_bits = shape >> 8 & 0xff;
    if (id != CARD_ID) return !wrong(book, BJ_HW_NOT_OURS);
    if (token_bits > 16 || UINT32_C(1) << token_bits < book->config.token_cnt ||
        levels != BJ_HW_LEVELS || *place_bits < 1 || *place_bits > 14)
        return !wrong(book, BJ_HW_TOO_SMALL);
    return (status & STATUS_UP) || !wrong(book, BJ_HW_STARTING);
}

static bool put_tokens(bj_hw_book_t *book, uint32_t place_bits) {
    bj_hw_token_t tokens[BJ_HW_TOKENS_MAX] = {0};
    bj_hw_place_t places[BJ_HW_TOKENS_MAX];
    const uint32_t cnt = book->config.token_cnt;
    for (uint32_t i = 0; i < cnt; i++)
        tokens[i] = book->token[i].is;
    if (!bj_hw_places(tokens, cnt, place_bits, places)) return !wrong(book, BJ_HW_TOO_SMALL);
    for (uint32_t i = 0; i < cnt; i++) {
        uint32_t word = i | places[i].at << 16 | 1u << 30 | (uint32_t)places[i].way << 31;
        if (!bj_hw_put(book, BJ_HW_TOKEN, tokens[i].token) ||
            !bj_hw_put(book, BJ_HW_TOKEN_PUT, word))
            return !wrong(book, BJ_HW_NO_CARD);
    }
    return true;
}

bool bj_hw_program(bj_hw_book_t *book) {
    uint32_t place_bits;
    if (!is_fit(book, &place_bits)) return false;
    const struct {
        uint32_t at, value;
    } words[] = {
        {BJ_HW_IP_A, book->config.source[0].ip}, {BJ_HW_PORT_A, book->config.source[0].port},
        {BJ_HW_IP_B, book->config.source[1].ip}, {BJ_HW_PORT_B, book->config.source[1].port},
        {BJ_HW_IP_HOST, BJ_HW_HOST_IP},          {BJ_HW_PORT_HOST, BJ_HW_HOST_PORT},
        {BJ_HW_FAR, book->config.far},           {BJ_HW_WAIT, book->config.wait}};
    for (size_t i = 0; i < BJ_COUNT(words); i++) {
        if (!bj_hw_put(book, words[i].at, words[i].value)) return !wrong(book, BJ_HW_NO_CARD);
    }
    return put_tokens(book, place_bits);
}

/* --- a load */
uint32_t bj_hw_give_up(bj_hw_book_t *book, int64_t now_ns, bool refused) {
    load_t *load = &book->load;
    token_t *token = &book->token[load->idx];
    int64_t wait_ns = RETRY_NS << (token->failures < 7 ? token->failures : 7);
    token->failures++;
    token->retry_ns = now_ns + (wait_ns < RETRY_MAX_NS ? wait_ns : RETRY_MAX_NS);
    load->phase = LOAD_NONE;
    *(refused ? &book->figures.refused : &book->figures.retries) += 1;
    *(refused ? &book->token_figures[load->idx].refused
              : &book->token_figures[load->idx].retries) += 1;
    return 1;
}

static void phase(load_t *load, load_phase_t next, int64_t now_ns) {
    load->phase = next;
    load->end_ns = now_ns + PATIENCE_NS;
}

/* The void token that has waited longest; it is emptied, with its window around the market.  What a
 * load that was given up has left on its way would come into this one. */
static uint32_t begin(bj_hw_book_t *book, int64_t now_ns) {
    load_t *load = &book->load;
    uint32_t at = UINT32_MAX;
    if (!bj_hw_mirror_next(book->mirror)) return 0;
    if (!book->config.card->host_done(book->config.card_ctx)) return 0;
    for (uint32_t i = 0; i < book->config.token_cnt; i++) {
        const token_t *token = &book->token[i];
        if (!token->exact && now_ns >= token->retry_ns &&
            (at == UINT32_MAX || token->retry_ns < book->token[at].retry_ns))
            at = i;
    }
    if (at == UINT32_MAX) return 0;
    load->idx = at;
    load->window = bj_hw_window(bj_hw_mirror_mid(book->mirror, at), book->token[at].is.tick_paise);
    bool ok = bj_hw_put(book, BJ_HW_WINDOW_BASE, (uint32_t)load->window.base_paise) &&
              bj_hw_put(book, BJ_HW_WINDOW_INV, load->window.inverse) &&
              bj_hw_put(book, BJ_HW_WINDOW_PUT, at | load->window.shift << 16) &&
              bj_hw_command(book, BJ_HW_LOAD, at);
    if (!ok) return bj_hw_give_up(book, now_ns, false);
    phase(load, LOAD_SWEEP, now_ns);
    return 1;
}

/* Its place in the stream: the card knows all before it, and refuses GOOD if more comes. */
static uint32_t on_sweep(bj_hw_book_t *book, int64_t now_ns) {
    load_t *load = &book->load;
    uint32_t status;
    if (!bj_hw_get(book, BJ_HW_STATUS, &status)) return bj_hw_give_up(book, now_ns, false);
    if ((status & STATUS_MASK) != STATUS_UP) return 0;
    if (!bj_hw_get(book, BJ_HW_NEXT_SEQ, &load->from_seq))
        return bj_hw_give_up(book, now_ns, false);
    phase(load, LOAD_FOLLOW, now_ns);
    return 1;
}

static bool all_fit(const load_t *load) {
    for (uint32_t i = 0; i < load->order_cnt; i++) {
        if (!bj_hw_window_has(&load->window, load->orders[i].price_paise)) return false;
    }
    return true;
}

/* The card may have yet to hear a message of the token that the C book has had, one by one or in a
 * snapshot: then the orders would have it, and the card would take it again. */
static uint32_t on_follow(bj_hw_book_t *book, int64_t now_ns) {
    load_t *load = &book->load;
    uint32_t last_seq = bj_hw_mirror_last(book->mirror, load->idx);
    if ((int32_t)(bj_hw_mirror_next(book->mirror) - load->from_seq) < 0) return 0;
    if ((last_seq && (int32_t)(last_seq - load->from_seq) >= 0) ||
        (int32_t)(bj_hw_mirror_first(book->mirror) - load->from_seq) > 0)
        return bj_hw_give_up(book, now_ns, false);
    load->order_cnt = bj_hw_mirror_orders(book->mirror, load->idx, load->orders, BJ_HW_LOAD_ORDERS);
    load->sent_cnt = 0;
    book->token_figures[load->idx].orders = load->order_cnt;
    if (load->order_cnt > BJ_HW_LOAD_ORDERS || !all_fit(load))
        return bj_hw_give_up(book, now_ns, true);
    phase(load, LOAD_SEND, now_ns);
    return 1;
}

static uint32_t on_send(bj_hw_book_t *book, int64_t now_ns) {
    enum { AT_ONCE = 128 };
    load_t *load = &book->load;
    uint32_t token = book->token[load->idx].is.token, cnt = 0;
    for (; cnt < AT_ONCE && load->sent_cnt < load->order_cnt; cnt++, load->sent_cnt++) {
        uint8_t frame[BJ_HW_ORDER_FRAME_BYTES];
        bj_hw_order_frame(&load->orders[load->sent_cnt], token, frame);
        if (!book->config.card->host_frame(book->config.card_ctx, frame, sizeof frame)) return cnt;
    }
    if (load->sent_cnt == load->order_cnt) phase(load, LOAD_TAKEN, now_ns);
    return cnt + 1;
}

static uint32_t on_taken(bj_hw_book_t *book, int64_t now_ns) {
    load_t *load = &book->load;
    if (!book->config.card->host_done(book->config.card_ctx)) return 0;
    if (!bj_hw_command(book, BJ_HW_GOOD, load->idx)) return bj_hw_give_up(book, now_ns, false);
    phase(load, LOAD_GOOD, now_ns);
    return 1;
}

static uint32_t on_good(bj_hw_book_t *book, int64_t now_ns) {
    load_t *load = &book->load;
    token_t *token = &book->token[load->idx];
    uint32_t status, voids;
    if (!bj_hw_get(book, BJ_HW_STATUS, &status)) return bj_hw_give_up(book, now_ns, false);
    if ((status & STATUS_MASK) != STATUS_UP) return 0;
    if (!bj_hw_put(book, BJ_HW_SEE, load->idx / 32) || !bj_hw_get(book, BJ_HW_VOIDS, &voids) ||
        voids >> load->idx % 32 & 1)
        return bj_hw_give_up(book, now_ns, false);
    load->phase = LOAD_NONE;
    token->exact = true;
    token->from_seq = load->from_seq;
    token->failures = 0;
    book->figures.exact++, book->figures.loads++;
    book->token_figures[load->idx].exact = 1;
    book->token_figures[load->idx].loads++;
    book->config.say(book->config.say_ctx, load->idx, BJ_HW_SAY_EXACT, 0, NULL);
    return 1;
}

uint32_t bj_hw_load_step(bj_hw_book_t *book, int64_t now_ns) {
    static uint32_t (*const phases[])(bj_hw_book_t *, int64_t) = {
        [LOAD_NONE] = begin,   [LOAD_SWEEP] = on_sweep, [LOAD_FOLLOW] = on_follow,
        [LOAD_SEND] = on_send, [LOAD_TAKEN] = on_taken, [LOAD_GOOD] = on_good};
    if (book->load.phase != LOAD_NONE && now_ns >= book->load.end_ns)
        return bj_hw_give_up(book, now_ns, false);
    return phases[book->load.phase](book, now_ns);
}
