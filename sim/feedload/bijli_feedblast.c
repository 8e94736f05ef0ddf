/* bijli-feedblast - sends the feed, both sources, over net_memif at a set rate, or writes it to
 * captures.  For measuring: the messages are made and laid out before the clock runs.
 *
 * --socket PATH: waits for a dataplane at the other end and says `ready`.  Then each line `RATE
 * SECONDS` on stdin is one run from sequence 1: RATE messages a second on each source; it answers
 * `sent MESSAGES dropped A B waited MOST`.  A frame that the ring has no room for waits in a queue
 * of --queue N a source, as in a switch; MOST is how many did at once.  What the queue has no room
 * for is dropped.  --queue 0, the default: a wire alone.
 * --pcap A,B: writes one run of --messages messages, RATE 1000000, and ends. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"
#include "sim/feedload/bj_feedload.h"

enum {
    SOURCES = 2,
    BURST = 32,
    POOL_MBUF_CNT = 4095,
    POOL_CACHE_CNT = 256,
    MBUF_BYTES = 384,
    RING_LOG2 = 14,
    BEATS = 20
};

typedef struct source {
    uint32_t seq[BJ_FEEDLOAD_STREAMS];
    uint64_t passed, dropped, waited_max; /* messages; passed: sent or dropped */
    size_t at;                            /* in the lap */
    uint16_t port, kept_cnt;
    struct rte_mbuf *kept[BURST]; /* made, and the ring had no room: the next to go */
} source_t;

typedef struct blast {
    bj_feedload_t load;
    source_t source[SOURCES];
    struct rte_mempool *pool;
    uint64_t queue; /* messages of a source */
} blast_t;

typedef struct pace { /* of a run: message i is due at from + i / rate */
    uint64_t rate;
    bj_now_t from;
} pace_t;

static void die(const char *what, const char *why) {
    fprintf(stderr, "bijli-feedblast: %s: %s\n", what, why);
    exit(2);
}

static uint64_t number(const char *name, const char *text, uint64_t lo, uint64_t hi) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value < lo || value > hi) {
        fprintf(stderr,
                "bijli-feedblast: --%s: %s: may be a number from %" PRIu64 " to %" PRIu64 "\n",
                name, text, lo, hi);
        exit(2);
    }
    return value;
}

/* --- net_memif */
static void open_port(blast_t *blast, uint32_t idx, const char *socket) {
    char name[32], args[256];
    struct rte_eth_conf conf = {0};
    uint16_t *port = &blast->source[idx].port;
    unsigned any = (unsigned)SOCKET_ID_ANY;
    snprintf(name, sizeof name, "net_memif%u", idx);
    int bytes =
        snprintf(args, sizeof args, "role=server,id=%u,socket=%s,socket-abstract=no,rsize=%d",
                 idx, socket, RING_LOG2);
    if (bytes >= (int)sizeof args) die("--socket", "too long");
    int rc = rte_eal_hotplug_add("vdev", name, args);
    if (rc == 0) rc = rte_eth_dev_get_port_by_name(name, port);
    if (rc == 0) rc = rte_eth_dev_configure(*port, 1, 1, &conf);
    if (rc == 0) rc = rte_eth_rx_queue_setup(*port, 0, 1u << 11, any, NULL, blast->pool);
    if (rc == 0) rc = rte_eth_tx_queue_setup(*port, 0, 1u << 11, any, NULL);
    if (rc == 0) rc = rte_eth_dev_start(*port);
    if (rc != 0) die(socket, rte_strerror(-rc));
}

static void start(blast_t *blast, const char *socket) {
    static char prefix[48];
    snprintf(prefix, sizeof prefix, "--file-prefix=bijli-feedblast-%d", (int)getpid());
    char *args[] = {"bijli-feedblast",   "--no-huge", "-m",          "64",
                    "--no-telemetry",    "--no-pci",  "--no-shconf", "--iova-mode=va",
                    "--log-level=error", prefix,      NULL};
    if (rte_eal_init((int)BJ_COUNT(args) - 1, args) < 0) die("DPDK", rte_strerror(rte_errno));
    blast->pool = rte_pktmbuf_pool_create("blast", POOL_MBUF_CNT, POOL_CACHE_CNT, 0, MBUF_BYTES,
                                          SOCKET_ID_ANY);
    if (!blast->pool) die("packet buffers", rte_strerror(rte_errno));
    for (uint32_t s = 0; s < SOURCES; s++)
        open_port(blast, s, socket);
}

static bool is_up(const blast_t *blast) {
    bool up = true;
    for (uint32_t s = 0; s < SOURCES; s++) {
        struct rte_eth_link link = {0};
        (void)rte_eth_link_get_nowait(blast->source[s].port, &link);
        up &= link.link_status == RTE_ETH_LINK_UP;
    }
    return up;
}

/* --- a run */
static int64_t due_ns(const pace_t *pace, uint64_t idx) {
    __extension__ typedef unsigned __int128 wide_t;
    return pace->from.wall_ns + (int64_t)((wide_t)idx * BJ_NS_PER_S / pace->rate);
}

/* The next message's frame; its sequence is used up. */
static const bj_feedload_frame_t *next_frame(const blast_t *blast, source_t *source) {
    const bj_feedload_frame_t *frame = &blast->load.frames[source->at];
    if (++source->at == blast->load.cnt) source->at = 0;
    source->seq[frame->stream]++;
    source->passed++;
    return frame;
}

/* The time is the message's own, not that of sending: both sources' copies have it. */
static void make_frames(blast_t *blast, uint32_t idx, uint64_t cnt, const pace_t *pace) {
    source_t *source = &blast->source[idx];
    if (rte_pktmbuf_alloc_bulk(blast->pool, source->kept, (unsigned)cnt) != 0)
        die("packet buffers", "there are none left");
    source->kept_cnt = (uint16_t)cnt;
    for (uint64_t i = 0; i < cnt; i++) {
        int64_t wall_ns = due_ns(pace, source->passed);
        const bj_feedload_frame_t *frame = next_frame(blast, source);
        uint8_t *to = (uint8_t *)rte_pktmbuf_append(source->kept[i], BJ_FEEDLOAD_FRAME_BYTES);
        bj_feedload_stamp(to, frame, idx, source->seq[frame->stream], wall_ns);
    }
}

/* False: the ring is full. */
static bool send_kept(source_t *source) {
    uint16_t sent = rte_eth_tx_burst(source->port, 0, source->kept, source->kept_cnt);
    source->kept_cnt = (uint16_t)(source->kept_cnt - sent);
    memmove(source->kept, source->kept + sent, source->kept_cnt * sizeof *source->kept);
    return source->kept_cnt == 0;
}

static void drop_kept(source_t *source) {
    rte_pktmbuf_free_bulk(source->kept, source->kept_cnt);
    source->kept_cnt = 0;
}

/* The ring is full: what is due waits, as far as the queue has room.  What it has not is lost from
 * the front, so that those that go out are the newest. */
static void wait_or_drop(blast_t *blast, source_t *source, uint64_t due) {
    uint64_t waiting = due - source->passed + source->kept_cnt;
    if (waiting <= blast->queue) {
        if (waiting > source->waited_max) source->waited_max = waiting;
        return;
    }
    if (blast->queue) source->waited_max = blast->queue;
    source->dropped += source->kept_cnt;
    drop_kept(source);
    for (uint64_t most = due - source->passed; blast->queue && most > blast->queue; most--) {
        (void)next_frame(blast, source);
        source->dropped++;
    }
}

static void send_due(blast_t *blast, uint32_t idx, uint64_t due, const pace_t *pace) {
    source_t *source = &blast->source[idx];
    if (!source->kept_cnt) {
        uint64_t left = due - source->passed;
        if (!left) return;
        make_frames(blast, idx, left < BURST ? left : BURST, pace);
    }
    if (!send_kept(source)) wait_or_drop(blast, source, due);
}

/* What was lost at the very end is found by these. */
static void send_beats(blast_t *blast) {
    for (uint32_t i = 0; i < SOURCES * BJ_FEEDLOAD_STREAMS; i++) {
        uint32_t idx = i % SOURCES, stream = i / SOURCES;
        source_t *source = &blast->source[idx];
        if (rte_pktmbuf_alloc_bulk(blast->pool, source->kept, 1) != 0) continue;
        source->kept_cnt = 1;
        uint8_t *to = (uint8_t *)rte_pktmbuf_append(source->kept[0], BJ_FEEDLOAD_FRAME_BYTES);
        (void)bj_feedload_beat(to, idx, stream, source->seq[stream]);
        if (!send_kept(source)) drop_kept(source);
    }
}

static bool is_done(const blast_t *blast, uint64_t all) {
    bool done = true;
    for (uint32_t s = 0; s < SOURCES; s++)
        done &= blast->source[s].passed == all && !blast->source[s].kept_cnt;
    return done;
}

static void run(blast_t *blast, uint64_t rate, uint64_t seconds) {
    const uint64_t all = rate * seconds;
    for (uint32_t s = 0; s < SOURCES; s++)
        blast->source[s] = (source_t){.port = blast->source[s].port};
    pace_t pace = {rate, bj_clock_now()};
    while (!is_done(blast, all)) {
        int64_t past_ns = bj_clock_mono_ns() - pace.from.mono_ns;
        uint64_t due = (uint64_t)(past_ns / 1000) * rate / 1000000;
        for (uint32_t s = 0; s < SOURCES; s++)
            send_due(blast, s, due < all ? due : all, &pace);
    }
    for (int i = 0; i < BEATS; i++) {
        usleep(5000);
        send_beats(blast);
    }
    const source_t *a = &blast->source[0], *b = &blast->source[1];
    printf("sent %" PRIu64 " dropped %" PRIu64 " %" PRIu64 " waited %" PRIu64 "\n", all,
           a->dropped, b->dropped, a->waited_max > b->waited_max ? a->waited_max : b->waited_max);
    fflush(stdout);
}

static void serve(blast_t *blast, const char *socket) {
    char line[128];
    start(blast, socket);
    while (!is_up(blast))
        usleep(10000);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        uint64_t rate, seconds;
        if (sscanf(line, "%" SCNu64 " %" SCNu64, &rate, &seconds) != 2 || !rate ||
            rate > 100000000 || seconds > 3600)
            die("stdin", "a line is RATE SECONDS");
        run(blast, rate, seconds);
    }
    for (uint32_t s = 0; s < SOURCES; s++) {
        (void)rte_eth_dev_stop(blast->source[s].port);
        (void)rte_eth_dev_close(blast->source[s].port);
    }
    (void)rte_eal_cleanup();
}

/* --- captures: nanosecond pcap, source B 20 us behind A */
static void write_capture(const bj_feedload_t *load, const char *path, uint32_t source) {
    const uint32_t magic_ns = 0xa1b23c4d;
    enum { SNAP_BYTES = 65535, ETHERNET = 1 };
    const int64_t from_ns = INT64_C(1746157500) * BJ_NS_PER_S;
    uint32_t seq[BJ_FEEDLOAD_STREAMS] = {0};
    FILE *file = fopen(path, "wb");
    if (!file) die(path, strerror(errno));
    const uint32_t head[] = {magic_ns, 2 | 4 << 16, 0, 0, SNAP_BYTES, ETHERNET};
    fwrite(head, sizeof head, 1, file);
    for (size_t i = 0; i < load->cnt; i++) {
        const bj_feedload_frame_t *frame = &load->frames[i];
        uint8_t bytes[BJ_FEEDLOAD_FRAME_BYTES];
        int64_t sent_ns = from_ns + (int64_t)i * 1000, recv_ns = sent_ns + 5000 + source * 20000;
        bj_feedload_stamp(bytes, frame, source, ++seq[frame->stream], sent_ns);
        const uint32_t packet[] = {(uint32_t)(recv_ns / BJ_NS_PER_S),
                                   (uint32_t)(recv_ns % BJ_NS_PER_S), frame->len_bytes,
                                   frame->len_bytes};
        fwrite(packet, sizeof packet, 1, file);
        fwrite(bytes, frame->len_bytes, 1, file);
    }
    bool bad = ferror(file);
    if (fclose(file) != 0 || bad) die(path, "cannot be written");
}

static void write_captures(const bj_feedload_t *load, char *paths) {
    char *comma = strchr(paths, ',');
    if (!comma) die("--pcap", "must be A,B");
    *comma = '\0';
    write_capture(load, paths, 0);
    write_capture(load, comma + 1, 1);
}

static const char usage[] = "usage: bijli-feedblast (--socket PATH [--queue N] | --pcap A,B)"
                            " [--symbols N] [--live N] [--messages N] [--seed N]\n";

int main(int argc, char **argv) {
    enum { SOCKET = 1, PCAP, SYMBOLS, LIVE, MESSAGES, SEED, QUEUE, HELP };
    static const struct option options[] = {{"socket", required_argument, NULL, SOCKET},
                                            {"pcap", required_argument, NULL, PCAP},
                                            {"symbols", required_argument, NULL, SYMBOLS},
                                            {"live", required_argument, NULL, LIVE},
                                            {"messages", required_argument, NULL, MESSAGES},
                                            {"seed", required_argument, NULL, SEED},
                                            {"queue", required_argument, NULL, QUEUE},
                                            {"help", no_argument, NULL, HELP},
                                            {0}};
    const char *socket = NULL;
    char *pcap = NULL;
    uint64_t symbols = 64, live = 20000, messages = 1 << 20, seed = 1;
    static blast_t blast;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == SOCKET)
            socket = optarg;
        else if (c == PCAP)
            pcap = optarg;
        else if (c == SYMBOLS)
            symbols = number("symbols", optarg, 1, 100000);
        else if (c == LIVE)
            live = number("live", optarg, 1, 10000000);
        else if (c == MESSAGES)
            messages = number("messages", optarg, 2, 100000000);
        else if (c == SEED)
            seed = number("seed", optarg, 0, UINT32_MAX);
        else if (c == QUEUE)
            blast.queue = number("queue", optarg, 0, 100000000);
        else if (c == HELP)
            return fputs(usage, stdout) < 0;
        else
            return 2;
    }
    if (!socket == !pcap || optind < argc) {
        fputs(usage, stderr);
        return 2;
    }
    if (!bj_feedload_make(&blast.load, (uint32_t)symbols, (uint32_t)live, messages, seed))
        die("messages", "not enough memory");
    if (pcap)
        write_captures(&blast.load, pcap);
    else
        serve(&blast, socket);
    bj_feedload_free(&blast.load);
    return 0;
}
