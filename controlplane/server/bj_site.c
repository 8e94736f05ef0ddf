#include "controlplane/server/bj_site.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"

enum { FILE_MAX_BYTES = 16 << 20, PATH_BYTES = 200, DEPTH_MAX = 8 };

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
};

/* The encodings we look for, best first; the last is the file itself. */
static const struct {
    const char *suffix, *name;
} encodings[] = {{".br", "br"}, {".gz", "gzip"}, {"", NULL}};
enum { ENCODINGS = BJ_COUNT(encodings) };

typedef struct entry {
    char     path[PATH_BYTES]; /* from the root, with its first slash */
    uint8_t *data;
    size_t   data_bytes;
    uint64_t hash;
} entry_t;

struct bj_site {
    char            root[4096];
    struct timespec loaded; /* index.html's time then */
    size_t          entry_cnt;
    entry_t         entry[BJ_SITE_FILES_MAX];
};

static const char *type_of(const char *path) {
    size_t path_bytes = strlen(path);
    for (size_t i = 0; i < BJ_COUNT(types); i++) {
        size_t suffix_bytes = strlen(types[i].suffix);
        if (path_bytes > suffix_bytes &&
            strcmp(path + path_bytes - suffix_bytes, types[i].suffix) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

static bool read_whole(const char *file, entry_t *entry) {
    struct stat st;
    int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX_BYTES;
    entry->data_bytes = ok ? (size_t)st.st_size : 0;
    entry->data = ok ? malloc(entry->data_bytes + 1) : NULL;
    ok = entry->data && read(fd, entry->data, entry->data_bytes) == (ssize_t)entry->data_bytes;
    close(fd);
    if (!ok) {
        free(entry->data);
        return false;
    }
    entry->hash = bj_fnv1a(BJ_FNV_OFFSET, entry->data, entry->data_bytes);
    return true;
}

static bj_site_t *loading; /* nftw has no argument of ours; one loop thread loads */

static int on_file(const char *file, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    const char *path = file + strlen(loading->root);
    if (kind != FTW_F || ftw->level > DEPTH_MAX || strstr(path, "/.")) return 0;
    if (strlen(path) >= PATH_BYTES || loading->entry_cnt == BJ_SITE_FILES_MAX) {
        BJ_WARN("the site's file %.100s is left out: too many files or too long a name", path);
        return 0;
    }
    entry_t *entry = &loading->entry[loading->entry_cnt];
    snprintf(entry->path, sizeof entry->path, "%s", path);
    if (read_whole(file, entry)) loading->entry_cnt++;
    return 0;
}

static void unload(bj_site_t *site) {
    for (size_t i = 0; i < site->entry_cnt; i++) free(site->entry[i].data);
    site->entry_cnt = 0;
}

void bj_site_refresh(bj_site_t *site) {
    char index[sizeof site->root + 16];
    struct stat st;
    snprintf(index, sizeof index, "%s/index.html", site->root);
    if (stat(index, &st) < 0) return; /* being built: what was read serves on */
    if (st.st_mtim.tv_sec == site->loaded.tv_sec && st.st_mtim.tv_nsec == site->loaded.tv_nsec) {
        return;
    }
    unload(site);
    site->loaded = st.st_mtim;
    loading = site;
    nftw(site->root, on_file, 16, FTW_PHYS);
    loading = NULL;
    BJ_INFO("the site has %zu files", site->entry_cnt);
}

bj_site_t *bj_site_open(const char *root) {
    bj_site_t *site = calloc(1, sizeof *site);
    if (!site) abort();
    snprintf(site->root, sizeof site->root, "%s", root);
    bj_site_refresh(site);
    if (!site->entry_cnt) BJ_WARN("no web app under web.root: only the API is served");
    return site;
}

void bj_site_free(bj_site_t *site) {
    if (!site) return;
    unload(site);
    free(site);
}

static const entry_t *lookup(const bj_site_t *site, const char *path, const char *suffix) {
    size_t path_bytes = strlen(path);
    for (size_t i = 0; i < site->entry_cnt; i++) {
        const char *have = site->entry[i].path;
        if (strncmp(have, path, path_bytes) == 0 && strcmp(have + path_bytes, suffix) == 0) {
            return &site->entry[i];
        }
    }
    return NULL;
}

/* Whether Accept-Encoding names it without refusing it (q=0). */
static bool accepts(const char *accept_encoding, const char *name) {
    size_t name_bytes = strlen(name);
    for (const char *p = accept_encoding; p && *p;) {
        p += strspn(p, ", \t");
        size_t item_bytes = strcspn(p, ",");
        size_t word_bytes = strcspn(p, ",; \t");
        if (word_bytes == name_bytes && strncasecmp(p, name, name_bytes) == 0) {
            const char *q = memmem(p, item_bytes, "q=0", 3);
            if (!q || strspn(q + 2, "0.") < strcspn(q + 2, ",; \t")) return true;
        }
        p += item_bytes;
    }
    return false;
}

bool bj_site_find(const bj_site_t *site, const char *path, const char *accept_encoding,
                  bj_site_file_t *file) {
    const char *last = strrchr(path, '/');
    if (!last) return false;
    if (!strchr(last, '.')) path = "/index.html";
    const entry_t *entry = NULL;
    size_t i;
    for (i = 0; i < ENCODINGS && !entry; i++) {
        if (encodings[i].name && !accepts(accept_encoding, encodings[i].name)) continue;
        entry = lookup(site, path, encodings[i].suffix);
    }
    if (!entry) return false;
    bool forever = strncmp(path, "/assets/", 8) == 0;
    *file = (bj_site_file_t){
        .data = entry->data,
        .data_bytes = entry->data_bytes,
        .type = type_of(path),
        .encoding = encodings[i - 1].name,
        .cache = forever ? "public, max-age=31536000, immutable" : "no-cache",
    };
    snprintf(file->etag, sizeof file->etag, "\"%016llx\"", (unsigned long long)entry->hash);
    return true;
}
