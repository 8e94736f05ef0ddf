/* How many messages a second the feed takes without losing one, over DPDK, from another process:
 * bijli-feedblast sends both sources over net_memif on core 0, here the port and the feed run on
 * core 1 as in the feed tile.  A message is lost when neither source's copy arrived.
 *
 * Both ask for SCHED_FIFO, as who has a core to himself need not.  Even so the kernel takes the
 * core away for up to 50 ms of a second when others starve.  The rings, which are as long as DPDK's
 * can be, hold 5.4 ms of 3 million a second; what is due then waits in front of them (QUEUE).
 *
 *   bench_bj_feed_memif [RATE SECONDS]     default: 3,000,000 a second for 10 s, then the search */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed.h"
#include "dataplane/gateway/bj_nic.h"

enum { SYMBOLS = 64, STREAMS = 5, LIVE = 20000, TICK_RING = 1 << 16, MEMORY_MB = 128 };
enum { WALK = 6, SEARCH_S = 3 }; /* of the search: steps; each run, seconds */
enum { RING_LOG2 = 11, BUFFER_BYTES = 128 };
#define QUEUE "524288" /* messages of a source: 175 ms of 3 million a second */
#define LOOK_NS (1 * BJ_NS_PER_MS)
#define REST_NS (200 * BJ_NS_PER_MS) /* of polling before a run: the ports give their buffers */

typedef struct bench {
    char dir[64], answer[256];
    pid_t pid;
    int to, from; /* pipes of the sender */
    size_t answer_bytes;
    bj_nic_t *nic[2];
    bj_market_t *market;
    bj_feed_t *feed;
    void *mem;
    uint32_t source;           /* of the frames being taken */
    int64_t now_ns, polled_ns; /* polled: time in turns that found something */
    uint64_t frames;
} bench_t;

typedef struct result {
    uint64_t sent, dropped[2], waited, messages, lost, bad;
    double busy_ns; /* of both copies of a message together */
} result_t;

static void die(const char *what) {
    fprintf(stderr, "bench_bj_feed_memif: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void pin(unsigned core) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(core, &cpus);
    (void)sched_setaffinity(0, sizeof cpus, &cpus); /* on one core it is a poor figure, but one */
}

/* Who may not: as it is.  Not before the ports are there: what DPDK's own threads have to do for
 * that they would not come to. */
static void alone(void) {
    (void)sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK,
                             &(struct sched_param){.sched_priority = 1});
}

/* --- the sender */
static void start_sender(bench_t *bench) {
    int in[2], out[2];
    char socket[128], live[16], symbols[16];
    snprintf(socket, sizeof socket, "%s/memif.sock", bench->dir);
    snprintf(live, sizeof live, "%d", LIVE);
    snprintf(symbols, sizeof symbols, "%d", SYMBOLS);
    if (pipe(in) || pipe(out)) die("pipe");
    bench->pid = fork();
    if (bench->pid < 0) die("fork");
    if (bench->pid == 0) {
        pin(0);
        alone(); /* it sleeps until both ports are up */
        dup2(in[0], 0), dup2(out[1], 1);
        close(in[1]), close(out[0]);
        execl(BIJLI_FEEDBLAST, "bijli-feedblast", "--socket", socket, "--messages", "262144",
              "--live", live, "--symbols", symbols, "--queue", QUEUE, (char *)NULL);
        die(BIJLI_FEEDBLAST);
    }
    close(in[0]), close(out[1]);
    bench->to = in[1], bench->from = out[0];
    (void)fcntl(bench->from, F_SETFL, O_NONBLOCK);
}

/* True: the sender has said a line. */
static bool heard(bench_t *bench) {
    size_t room = sizeof bench->answer - 1 - bench->answer_bytes;
    ssize_t got = read(bench->from, bench->answer + bench->answer_bytes, room);
    if (got == 0) die("the sender has gone");
    if (got > 0) bench->answer_bytes += (size_t)got;
    bench->answer[bench->answer_bytes] = '\0';
    if (!strchr(bench->answer, '\n')) return false;
    bench->answer_bytes = 0;
    return true;
}

/* --- the receiver */
static bj_feed_config_t config_of(bench_t *bench, bj_feed_instrument_t *instruments,
                                  bj_feed_stream_t *streams) {
    for (uint32_t i = 0; i < SYMBOLS; i++)
        instruments[i] =
            (bj_feed_instrument_t){.token = i + 1, .stream_idx = (uint16_t)(i % STREAMS)};
    for (uint16_t i = 0; i < STREAMS; i++)
        streams[i] = (bj_feed_stream_t){
            BJ_SEGMENT_CM,
            (uint16_t)(i + 1),
            {{0xef3c3c29u + i, (uint16_t)(16641 + i)}, {0xef3c3c1fu + i, (uint16_t)(10631 + i)}}};
    return (bj_feed_config_t){.instruments = instruments,
                              .instrument_cnt = SYMBOLS,
                              .streams = streams,
                              .stream_cnt = STREAMS,
                              .order_max = 2 * LIVE,
                              .gap_wait_ns = 2 * BJ_NS_PER_MS,
                              .market = bench->market};
}

/* A feed that has heard nothing: the sender begins each run at 1. */
static void new_feed(bench_t *bench) {
    bj_feed_instrument_t instruments[SYMBOLS];
    bj_feed_stream_t streams[STREAMS];
    bj_market_instrument_t names[SYMBOLS] = {0};
    char file[128];
    snprintf(file, sizeof file, "%s/market.shm", bench->dir);
    for (uint32_t i = 0; i < SYMBOLS; i++) {
        names[i].token = i + 1;
        names[i].tick_paise = 5;
        snprintf(names[i].symbol, sizeof names[i].symbol, "S%u", i + 1);
    }
    bj_market_destroy(bench->market);
    bench->market = bj_market_create(file, names, SYMBOLS, TICK_RING, bj_clock_wall_ns());
    if (!bench->market) die(file);
    bj_feed_config_t config = config_of(bench, instruments, streams);
    size_t bytes = (bj_feed_footprint(&config) + 63) / 64 * 64;
    if (!bench->mem) bench->mem = aligned_alloc(64, bytes);
    bench->feed = bench->mem ? bj_feed_new(bench->mem, &config) : NULL;
    if (!bench->feed) die("the feed");
}

static void take(void *ctx, const bj_nic_frame_t *frames, uint32_t cnt) {
    bench_t *bench = ctx;
    bj_feed_packet_t packets[BJ_NIC_BURST];
    for (uint32_t i = 0; i < cnt; i++)
        packets[i] = (bj_feed_packet_t){frames[i].data, frames[i].data_bytes};
    bj_feed_frames(bench->feed, bench->source, packets, cnt, bench->now_ns);
}

/* One turn of the feed tile. */
static void turn(bench_t *bench) {
    uint32_t done = 0;
    int64_t from_ns = bench->now_ns;
    for (bench->source = 0; bench->source < 2; bench->source++)
        done += bj_nic_poll_burst(bench->nic[bench->source], take, bench);
    bj_feed_step(bench->feed, bench->now_ns);
    bench->now_ns = bj_clock_wall_ns();
    if (done) bench->polled_ns += bench->now_ns - from_ns;
    bench->frames += done;
}

/* Turns until the sender has said something, but for at least least_ns. */
static void turns(bench_t *bench, bool until_heard, int64_t least_ns) {
    int64_t from_ns = bench->now_ns = bj_clock_wall_ns(), look_ns = from_ns;
    bool done = !until_heard;
    while (!done || bench->now_ns - from_ns < least_ns) {
        turn(bench);
        if (bench->now_ns - look_ns < LOOK_NS) continue;
        look_ns = bench->now_ns;
        if (!done) done = heard(bench);
        for (int s = 0; s < 2; s++)
            bj_nic_tend(bench->nic[s], look_ns);
    }
}

static int64_t cpu_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec * BJ_NS_PER_S + ts.tv_nsec;
}

static result_t run(bench_t *bench, uint64_t rate, uint64_t seconds) {
    result_t result = {0};
    new_feed(bench);
    bench->frames = 0;
    bench->polled_ns = 0;
    int64_t from_ns = bj_clock_mono_ns(), from_cpu_ns = cpu_ns();
    if (dprintf(bench->to, "%" PRIu64 " %" PRIu64 "\n", rate, seconds) < 0) die("the sender");
    turns(bench, true, 0);
    if (sscanf(bench->answer, "sent %" SCNu64 " dropped %" SCNu64 " %" SCNu64 " waited %" SCNu64,
               &result.sent, &result.dropped[0], &result.dropped[1], &result.waited) != 4)
        die(bench->answer);
    turns(bench, false, REST_NS);
    int64_t had_percent = (cpu_ns() - from_cpu_ns) * 100 / (bj_clock_mono_ns() - from_ns);
    const bj_feed_counters_t *c = bj_feed_counters(bench->feed);
    result.messages = c->messages;
    result.lost = result.sent - c->messages;
    result.bad = c->bad_messages + c->bad_datagrams + c->unknown_orders;
    result.busy_ns = c->messages ? (double)bench->polled_ns / (double)c->messages : 0;
    fprintf(stderr,
            "# %" PRIu64 " a second: sent %" PRIu64 ", dropped by the rings %" PRIu64
            " and %" PRIu64 ", at most %" PRIu64 " waited, lost %" PRIu64 " in %" PRIu64
            " gaps, bad %" PRIu64
            ", %.0f ns a message busy, had %" PRId64 " %% of the core\n",
            rate, result.sent, result.dropped[0], result.dropped[1], result.waited, result.lost,
            c->gaps, result.bad, result.busy_ns, had_percent);
    return result;
}

static void open_ports(bench_t *bench) {
    char socket[128], prefix[64];
    snprintf(socket, sizeof socket, "%s/memif.sock", bench->dir);
    snprintf(prefix, sizeof prefix, "bijli-bench-%d", (int)getpid());
    for (int i = 0; access(socket, F_OK) != 0; i++) {
        if (i > 1000) die("the sender's socket does not come");
        usleep(10000);
    }
    bj_nic_host_t host = {.file_prefix = prefix, .memory_mb = MEMORY_MB};
    if (bj_nic_start(&host) != BJ_OK) die("DPDK");
    for (unsigned s = 0; s < 2; s++) {
        bj_nic_config_t nic = {.driver = "memif",
                               .iface = "",
                               .memif_socket = socket,
                               .memif_id = s,
                               .memif_ring_log2 = RING_LOG2,
                               .memif_buffer_bytes = BUFFER_BYTES};
        if (!(bench->nic[s] = bj_nic_open(s ? "feed_b" : "feed_a", &nic))) die("the port");
    }
}

/* The lowest rate between lo and hi, to a sixty-fourth of the way, at which messages are lost, and
 * in a second try too: another process on the core is no fault of the feed's.  The queue takes up
 * 0.17 million a second for as long as a run of the search is. */
static uint64_t search(bench_t *bench, uint64_t lo, uint64_t hi) {
    for (int i = 0; i < WALK; i++) {
        uint64_t rate = (lo + hi) / 2;
        if (run(bench, rate, SEARCH_S).lost && run(bench, rate, SEARCH_S).lost)
            hi = rate;
        else
            lo = rate;
    }
    return hi;
}

int main(int argc, char **argv) {
    bench_t bench = {.dir = "/tmp/bijli-bench-XXXXXX"};
    uint64_t rate = argc == 3 ? strtoull(argv[1], NULL, 10) : 3000000;
    uint64_t seconds = argc == 3 ? strtoull(argv[2], NULL, 10) : 10;
    if (!mkdtemp(bench.dir)) die(bench.dir);
    start_sender(&bench);
    pin(1);
    open_ports(&bench);
    if (!bj_nic_thread_enter()) die("DPDK"); /* an lcore's caches of buffers */
    new_feed(&bench);
    turns(&bench, true, 0); /* ready */
    turns(&bench, false, REST_NS);
    alone();
    result_t result = run(&bench, rate, seconds);
    printf("feed_memif_%s_lost %" PRIu64 " messages\nfeed_memif_%s_busy_ns %.0f ns\n",
           argc == 3 ? "run" : "3m", result.lost, argc == 3 ? "run" : "3m", result.busy_ns);
    if (argc != 3)
        printf("feed_memif_loss_begins_at %" PRIu64 " messages_per_s\n",
               search(&bench, 500000, 10000000));
    close(bench.to);
    (void)waitpid(bench.pid, NULL, 0);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", bench.dir);
    return system(command) != 0;
}
