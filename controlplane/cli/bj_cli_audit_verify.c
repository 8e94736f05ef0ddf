/* bijlictl audit verify and export: every entry, from bijli-control or from a file. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/audit/bj_trail_check.h"
#include "controlplane/audit/bj_trail_json.h"
#include "controlplane/audit/bj_trail_tree.h"
#include "controlplane/cli/bj_cli_audit_priv.h"
#include "controlplane/text/bj_text.h"

enum { PAGE = 500, PATH_BYTES = 512 };

/* False: no more of them. */
typedef bool each_fn(void *ctx, json_t *entry);

/* The entries after *seq as bijli-control has them; *seq moves on. */
static int each_asked(const bj_cli_audit_ctx_t *ctx, uint64_t *seq, each_fn *each, void *each_ctx) {
    for (bool more = true; more;) {
        char path[80];
        json_t *answer, *entry;
        size_t i;
        snprintf(path, sizeof path, "/admin/audit?after=%" PRIu64 "&limit=%d", *seq, PAGE);
        int code = bj_cli_audit_ask(ctx, path, &answer);
        if (code != BJ_CLI_GOOD) return code;
        more = json_array_size(json_object_get(answer, "entries")) == PAGE;
        json_array_foreach(json_object_get(answer, "entries"), i, entry) {
            *seq = (uint64_t)json_integer_value(json_object_get(entry, "seq"));
            if (!each(each_ctx, entry)) more = false;
        }
        json_decref(answer);
    }
    return BJ_CLI_GOOD;
}

/* The entries of an export. */
static int each_line(const char *file, each_fn *each, void *each_ctx) {
    char *text = NULL;
    size_t room = 0, line_cnt = 0;
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
    if (!in) {
        fprintf(stderr, "bijlictl: %s: %s\n", file, strerror(errno));
        return BJ_CLI_REFUSED;
    }
    bool more = true;
    int code = BJ_CLI_GOOD;
    while (more && getline(&text, &room, in) > 0) {
        line_cnt++;
        json_t *entry = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        if (!entry) {
            fprintf(stderr, "bijlictl: %s: line %zu is no entry\n", file, line_cnt);
            more = false;
            code = BJ_CLI_REFUSED;
        } else {
            more = each(each_ctx, entry);
        }
        json_decref(entry);
    }
    free(text);
    if (in != stdin) fclose(in);
    return code;
}

/* --- verify */

static bool check_one(void *ctx, json_t *json) {
    bj_trail_check_t *check = ctx;
    bj_trail_entry_t entry;
    if (!bj_trail_entry_read(json, &entry)) {
        check->bad_seq = check->tree.leaf_cnt + 1;
        snprintf(check->bad, sizeof check->bad, "what stands for entry %" PRIu64 " is no entry",
                 check->bad_seq);
    } else {
        bj_trail_check_entry(check, &entry);
    }
    return check->bad[0] == '\0';
}

/* While we go through the entries others come, and heads over them: then once more. */
static int check_all(const bj_cli_audit_ctx_t *ctx, bj_trail_check_t *check) {
    const char *file = ctx->args->option[BJ_CLI_AUDIT_entries];
    uint64_t seq = 0;
    if (file) return each_line(file, check_one, check);
    int code = each_asked(ctx, &seq, check_one, check);
    if (code == BJ_CLI_GOOD && !check->bad[0] && check->has_next) {
        code = each_asked(ctx, &seq, check_one, check);
    }
    return code;
}

static void print_found(const bj_trail_check_t *check, bool good) {
    char time[BJ_TIME_TEXT_BYTES], name[9];
    uint64_t cnt = check->tree.leaf_cnt;
    if (cnt) printf("entries   1 to %" PRIu64 ": whole, in order\n", cnt);
    if (check->head_cnt) {
        printf("heads     %zu, signed by key %s; the last is of %" PRIu64 " entries, %s\n",
               check->head_cnt, bj_trail_key_name(check->key, name), check->last.size,
               bj_time_text(check->last.time_ns, time));
    }
    if (check->torn_cnt) {
        printf("torn      %zu pieces of heads were passed over\n", check->torn_cnt);
    }
    if (good && cnt > check->last.size) {
        printf("tail      %" PRIu64 " entries are not under a head yet\n", cnt - check->last.size);
    }
    if (good) printf("good\n");
    else printf("BAD       %s\n", check->bad);
}

static void print_json(const bj_trail_check_t *check, bool good) {
    json_t *json = json_pack(
        "{s:b, s:I, s:I, s:I, s:I, s:s?}", "ok", good, "entries",
        (json_int_t)check->tree.leaf_cnt, "heads", (json_int_t)check->head_cnt, "signed",
        (json_int_t)check->last.size, "torn", (json_int_t)check->torn_cnt, "bad",
        good ? NULL : check->bad);
    if (!good) json_object_set_new(json, "bad_seq", json_integer((json_int_t)check->bad_seq));
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(json);
}

static int verify(const bj_cli_audit_ctx_t *ctx, bj_trail_check_t *check) {
    bj_trail_check_begin(check);
    int code = check->bad[0] ? BJ_CLI_GOOD : check_all(ctx, check);
    if (code != BJ_CLI_GOOD) return code;
    bool good = bj_trail_check_end(check);
    if (good && !check->head_cnt && check->tree.leaf_cnt) {
        good = false; /* whoever has the database can make all of this */
        snprintf(check->bad, sizeof check->bad, "no head vouches for any of the entries");
    }
    if (ctx->args->option[BJ_CLI_AUDIT_json]) print_json(check, good);
    else print_found(check, good);
    return good ? BJ_CLI_GOOD : BJ_CLI_REFUSED;
}

int bj_cli_audit_verify(const bj_cli_audit_ctx_t *ctx) {
    char heads[PATH_BYTES], tree[PATH_BYTES];
    bj_cli_audit_file(ctx, BJ_CLI_AUDIT_heads, heads, sizeof heads);
    bj_cli_audit_file(ctx, BJ_CLI_AUDIT_tree, tree, sizeof tree);
    bj_trail_check_t *check = calloc(1, sizeof *check);
    bj_trail_key_t *key = bj_cli_audit_key(ctx);
    int code = BJ_CLI_REFUSED;
    if (check && key) {
        check->key = key;
        check->heads = fopen(heads, "r");
        check->tree_fd = *tree ? bj_trail_tree_open(tree, false) : -1;
        if (check->heads) code = verify(ctx, check);
        else fprintf(stderr, "bijlictl: the heads: %s: %s\n", heads, strerror(errno));
        if (check->heads) fclose(check->heads);
        if (check->tree_fd >= 0) close(check->tree_fd);
    }
    bj_trail_key_free(key);
    free(check);
    return code;
}

/* --- export */

typedef struct out {
    FILE    *file;
    uint64_t cnt;
    bool     ok;
} out_t;

static bool write_one(void *ctx, json_t *entry) {
    out_t *out = ctx;
    out->ok = json_dumpf(entry, out->file, JSON_COMPACT) == 0 && fputc('\n', out->file) != EOF;
    out->cnt += out->ok;
    return out->ok;
}

int bj_cli_audit_export(const bj_cli_audit_ctx_t *ctx) {
    const char *file = ctx->args->word;
    bool to_stdout = strcmp(file, "-") == 0;
    uint64_t seq = 0;
    out_t out = {.file = to_stdout ? stdout : fopen(file, "w"), .ok = true};
    if (!out.file) {
        fprintf(stderr, "bijlictl: %s: %s\n", file, strerror(errno));
        return BJ_CLI_REFUSED;
    }
    int code = each_asked(ctx, &seq, write_one, &out);
    bool closed = to_stdout ? fflush(stdout) == 0 : fclose(out.file) == 0;
    if (code == BJ_CLI_GOOD && !(out.ok && closed)) {
        fprintf(stderr, "bijlictl: %s cannot be written\n", file);
        code = BJ_CLI_REFUSED;
    }
    if (code == BJ_CLI_GOOD && !to_stdout) {
        printf("%" PRIu64 " entries; with the heads and the public key it can be verified "
               "anywhere\n", out.cnt);
    }
    return code;
}
