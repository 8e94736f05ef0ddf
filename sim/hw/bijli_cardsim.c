/* bijli-cardsim --config FILE [--tell WORDS...]: the design in simulation, as a card: it takes the
 * wire's frames, the host's and register accesses from the dataplane's window (dataplane/hw), and
 * answers there.
 *
 * --tell fault N   a seeded fault of the design from now on (hw/rtl/bj_fault.svh); 0: none
 * --tell drop N    the next N frames of the wire do not arrive */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_ctl.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/hw/bj_hw_link.h"
#include "sim/hw/bj_hw_dut.h"

enum { PATH_BYTES = 512, AT_ONCE = 64, STATUS_AT = 8, STATUS_UP = 1, STATUS_MASK = 7 };
enum {
    SWEEP_CLOCKS = 512, /* a turn while the design empties something */
    IDLE_CLOCKS = 8,    /* a turn with nothing to do: time goes by, slowly */
    TURN_NS = 100000,
};

typedef struct card {
    char file[PATH_BYTES];
    const char *run_dir;
    bj_hw_link_t link;
    ino_t inode; /* of the window; 0: none */
    bj_hw_dut_t *dut;
    bool busy; /* it may be emptying something */
    int64_t look_ns;
    uint32_t drop;
    int fault;
    uint64_t frames, answers, lost, dropped;
} card_t;

static volatile sig_atomic_t stop;
static void on_signal(int number) {
    (void)number;
    stop = 1;
}

/* --- the window */
static ino_t inode_of(const char *file) {
    struct stat st;
    return stat(file, &st) == 0 ? st.st_ino : 0;
}

static void detach(card_t *card) {
    if (card->inode) bj_hw_link_close(&card->link);
    bj_hw_dut_free(card->dut);
    card->dut = NULL;
    card->inode = 0;
}

/* The dataplane's window may be a new one: then the card has been switched off and on. */
static void attach(card_t *card) {
    ino_t inode = inode_of(card->file);
    if (inode == card->inode) return;
    detach(card);
    if (!inode || !bj_hw_link_attach(&card->link, card->file)) return;
    card->inode = inode;
    card->dut = bj_hw_dut_new();
    bj_hw_link_boot(&card->link);
    BJ_INFO("a window at %s: the design is up", card->file);
}

/* Who has stood still for longer than the driver waits has missed frames, and with them perhaps
 * that the stream began again: it would wait for numbers that are far away. */
static void begin_anew(card_t *card) {
    int64_t beat_ns = atomic_load_explicit(&card->link.head->beat_ns, memory_order_relaxed);
    if (bj_clock_mono_ns() - beat_ns <= BJ_HW_LINK_SILENT_NS) return;
    BJ_WARN("stood still for more than 2 s: the design begins anew");
    detach(card);
    attach(card);
}

/* --- a turn */
static uint32_t accesses(card_t *card) {
    bj_ring_t *in = card->link.ring[BJ_HW_ACCESS], *out = card->link.ring[BJ_HW_VALUE];
    const bj_hw_access_t *access;
    uint32_t cnt = 0;
    for (; cnt < AT_ONCE && (access = bj_ring_peek(in)) != NULL; cnt++) {
        bj_hw_access_t value = *access;
        if (value.is_write) {
            bj_hw_dut_write(card->dut, value.at, value.value);
            card->busy = true;
        } else {
            value.value = bj_hw_dut_read(card->dut, value.at);
            /* No room: whoever asked has gone. */
            if (!bj_ring_push(out, &value, sizeof value)) break;
        }
        bj_ring_release(in);
    }
    return cnt;
}

static bj_hw_level_t level(bj_hw_dut_level_t from) {
    return (bj_hw_level_t){.qty = from.qty, .price_paise = from.price_paise};
}

static void answer(card_t *card, const bj_hw_dut_answer_t *from) {
    bj_hw_answer_t to = {.seq = from->seq,
                         .idx = (uint16_t)from->idx,
                         .is_void = from->is_void,
                         .top_clocks = (uint8_t)from->top_clocks,
                         .deep_clocks = (uint8_t)from->deep_clocks};
    for (int side = 0; side < 2; side++) {
        to.top[side] = level(from->top[side]);
        for (int i = 0; i < BJ_HW_LEVELS; i++)
            to.deep[side][i] = level(from->deep[side][i]);
    }
    if (bj_ring_push(card->link.ring[BJ_HW_ANSWER], &to, sizeof to))
        card->answers++;
    else
        card->lost++;
}

static uint32_t wire(card_t *card) {
    bj_ring_t *in = card->link.ring[BJ_HW_WIRE];
    const bj_hw_frame_t *frame;
    uint32_t cnt = 0;
    for (; cnt < AT_ONCE && (frame = bj_ring_peek(in)) != NULL; cnt++) {
        bj_hw_dut_answer_t got;
        if (card->drop)
            card->drop--, card->dropped++;
        else if (bj_hw_dut_frame(card->dut, frame->data, frame->data_bytes, &got))
            answer(card, &got);
        card->frames++;
        bj_ring_release(in);
    }
    return cnt;
}

static uint32_t host(card_t *card) {
    bj_ring_t *in = card->link.ring[BJ_HW_HOST];
    const bj_hw_frame_t *frame;
    uint32_t cnt = 0;
    for (; cnt < AT_ONCE && (frame = bj_ring_peek(in)) != NULL; cnt++) {
        bj_hw_dut_host_frame(card->dut, frame->data, frame->data_bytes);
        bj_ring_release(in);
    }
    return cnt;
}

/* Returns the work done. */
static uint32_t turn(card_t *card) {
    atomic_store_explicit(&card->link.head->beat_ns, bj_clock_mono_ns(), memory_order_release);
    uint32_t done = accesses(card) + wire(card) + host(card);
    if (card->busy) {
        bj_hw_dut_idle(card->dut, SWEEP_CLOCKS);
        card->busy = (bj_hw_dut_read(card->dut, STATUS_AT) & STATUS_MASK) != STATUS_UP;
        return done + 1;
    }
    if (!done) bj_hw_dut_idle(card->dut, IDLE_CLOCKS);
    return done;
}

static void say(const card_t *card) {
    bj_health_t health = {.state = card->dut ? BJ_HEALTH_UP : BJ_HEALTH_DEGRADED};
    if (!card->dut)
        snprintf(health.text, sizeof health.text, "waits for the dataplane's window, %.100s",
                 card->file);
    else
        snprintf(health.text, sizeof health.text,
                 "simulates bj_hw: %" PRIu64 " frames, %" PRIu64 " answers, clock %" PRIu64,
                 card->frames, card->answers, bj_hw_dut_clocks(card->dut));
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {{"frames", card->frames},
                   {"answers", card->answers},
                   {"lost", card->lost},
                   {"dropped", card->dropped},
                   {"fault", (uint64_t)card->fault}};
    for (size_t i = 0; i < BJ_COUNT(figures); i++)
        bj_health_figure(&health, figures[i].name, (int64_t)figures[i].value);
    if (!bj_health_write(card->run_dir, "cardsim", &health))
        BJ_WARN("%s/cardsim.status.json cannot be written", card->run_dir);
}

/* --- told */
static void on_line(void *ctx, const char *line, char answer_text[BJ_CTL_ANSWER_BYTES]) {
    card_t *card = ctx;
    uint32_t value;
    char end;
    if (sscanf(line, "fault %" SCNu32 "%c", &value, &end) == 1 && value < 100) {
        card->fault = (int)value;
        bj_hw_dut_fault(card->fault);
    } else if (sscanf(line, "drop %" SCNu32 "%c", &value, &end) == 1 && value <= 1000000) {
        card->drop = value;
    } else {
        snprintf(answer_text, BJ_CTL_ANSWER_BYTES,
                 "error: fault N (0 to 99; 0: none) or drop N (frames, up to 1000000)");
        return;
    }
    snprintf(answer_text, BJ_CTL_ANSWER_BYTES, "ok");
}

static int tell(const char *socket, char **words, int word_cnt) {
    char line[BJ_CTL_LINE_BYTES] = "", said[BJ_CTL_ANSWER_BYTES];
    for (int i = 0; i < word_cnt; i++) {
        size_t at = strlen(line);
        snprintf(line + at, sizeof line - at, "%s%s", i ? " " : "", words[i]);
    }
    if (!bj_ctl_tell(socket, line, said)) {
        fprintf(stderr, "bijli-cardsim: %s: %s\n", socket, strerror(errno));
        return 1;
    }
    puts(said);
    return strncmp(said, "ok", 2) != 0;
}

static void run(card_t *card, bj_ctl_t *ctl) {
    int64_t said_ns = 0;
    while (!stop) {
        int64_t now_ns = bj_clock_mono_ns();
        if (now_ns >= card->look_ns) {
            card->look_ns = now_ns + 50 * BJ_NS_PER_MS;
            attach(card);
            bj_ctl_step(ctl);
        }
        if (now_ns - said_ns >= BJ_NS_PER_S) say(card), said_ns = now_ns;
        if (card->dut) begin_anew(card);
        if (!card->dut || !turn(card)) nanosleep(&(struct timespec){.tv_nsec = TURN_NS}, NULL);
    }
}

int main(int argc, char **argv) {
    static card_t card;
    bool told = argc > 4 && strcmp(argv[3], "--tell") == 0;
    if ((argc != 3 && !told) || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr, "usage: %s --config FILE [--tell fault N | drop N]\n", argv[0]);
        return 2;
    }
    char socket[PATH_BYTES];
    bj_config_t *config = bj_config_load(argv[2]);
    card.run_dir = bj_config_str(config, "run_dir");
    snprintf(card.file, sizeof card.file, "%s/card.shm", card.run_dir);
    snprintf(socket, sizeof socket, "%s/cardsim.ctl", card.run_dir);
    if (told) return tell(socket, argv + 4, argc - 4);
    bj_log_init("cardsim", BJ_LOG_INFO);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    bj_ctl_t *ctl = bj_ctl_open(socket, on_line, &card);
    if (!ctl) {
        BJ_ERROR("%s: %s", socket, strerror(errno));
        return 1;
    }
    run(&card, ctl);
    detach(&card);
    bj_ctl_close(ctl);
    bj_config_free(config);
    return 0;
}
