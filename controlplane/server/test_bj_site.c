/* Goal: which file answers which path, in which encoding, and that no path leaves the root. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "controlplane/server/bj_site.h"
#include "dataplane/base/bj_test.h"

static char root[64] = "/tmp/bj-site-XXXXXX";

static void put(const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void make_site(void) {
    char path[256];
    BJ_CHECK(mkdtemp(root) != NULL);
    snprintf(path, sizeof path, "%s/site", root);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/site/assets", root);
    mkdir(path, 0755);
    put("secret.txt", "secret");
    put("site/index.html", "page");
    put("site/index.html.br", "PAGE-BR");
    put("site/index.html.gz", "PAGE-GZ");
    put("site/assets/a-1f.js", "code");
    put("site/assets/a-1f.js.gz", "CODE-GZ");
    put("site/.hidden", "hidden");
    snprintf(path, sizeof path, "%s/site/link.txt", root);
    BJ_CHECK(symlink("../secret.txt", path) == 0);
}

static const struct {
    const char *path, *accept, *want; /* NULL: not found */
    const char *encoding, *type;
} cases[] = {
    {"/", "br, gzip", "PAGE-BR", "br", "text/html; charset=utf-8"},
    {"/", "gzip", "PAGE-GZ", "gzip", "text/html; charset=utf-8"},
    {"/", NULL, "page", NULL, "text/html; charset=utf-8"},
    {"/", "br;q=0, gzip", "PAGE-GZ", "gzip", "text/html; charset=utf-8"},
    {"/", "br;q=0.0,gzip;q=0", "page", NULL, "text/html; charset=utf-8"},
    {"/", "br;q=0.5", "PAGE-BR", "br", "text/html; charset=utf-8"},
    {"/", "BR", "PAGE-BR", "br", "text/html; charset=utf-8"},
    {"/", "brx, xgzip", "page", NULL, "text/html; charset=utf-8"},
    {"/orders", NULL, "page", NULL, "text/html; charset=utf-8"},
    {"/instrument/M&M", NULL, "page", NULL, "text/html; charset=utf-8"},
    {"/assets/a-1f.js", "br, gzip", "CODE-GZ", "gzip", "text/javascript; charset=utf-8"},
    {"/assets/a-1f.js", "", "code", NULL, "text/javascript; charset=utf-8"},
    {"/assets/a-2f.js", "", NULL, NULL, NULL},
    {"/.hidden", "", NULL, NULL, NULL},
    {"/link.txt", "", NULL, NULL, NULL},
    {"/../secret.txt", "", NULL, NULL, NULL},
    {"/assets/../../secret.txt", "", NULL, NULL, NULL},
    {"/..%2fsecret.txt", "", NULL, NULL, NULL},
    {"//etc/passwd.txt", "", NULL, NULL, NULL},
    {"secret.txt", "", NULL, NULL, NULL},
    {"", "", NULL, NULL, NULL},
};

static void test_cases(const bj_site_t *site) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_site_file_t file;
        unsigned fails = bj_fail_cnt;
        bool found = bj_site_find(site, cases[i].path, cases[i].accept, &file);
        BJ_CHECK(found == (cases[i].want != NULL));
        if (found && cases[i].want) {
            BJ_CHECK(file.data_bytes == strlen(cases[i].want) &&
                     memcmp(file.data, cases[i].want, file.data_bytes) == 0);
            BJ_CHECK(cases[i].encoding ? file.encoding && !strcmp(file.encoding, cases[i].encoding)
                                       : !file.encoding);
            BJ_CHECK(strcmp(file.type, cases[i].type) == 0);
            bool forever = strstr(file.cache, "immutable") != NULL;
            BJ_CHECK(forever == (strncmp(cases[i].path, "/assets/", 8) == 0));
        }
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", cases[i].path);
    }
}

static void test_refresh(bj_site_t *site) {
    bj_site_file_t before, after;
    char etag[24];
    BJ_CHECK(bj_site_find(site, "/", NULL, &before));
    memcpy(etag, before.etag, sizeof etag);
    char path[256];
    snprintf(path, sizeof path, "%s/site/index.html", root);
    const struct timespec later[2] = {{.tv_sec = 2000000000}, {.tv_sec = 2000000000}};
    put("site/index.html", "another page");
    utimensat(AT_FDCWD, path, later, 0);
    bj_site_refresh(site);
    BJ_CHECK(bj_site_find(site, "/", NULL, &after));
    BJ_CHECK(after.data_bytes == 12 && strcmp(etag, after.etag) != 0);
    unlink(path); /* being built again: the old one serves on */
    bj_site_refresh(site);
    BJ_CHECK(bj_site_find(site, "/", NULL, &after) && after.data_bytes == 12);
}

int main(void) {
    char path[128], remove[160];
    make_site();
    snprintf(path, sizeof path, "%s/site", root);
    bj_site_t *site = bj_site_open(path);
    test_cases(site);
    test_refresh(site);
    bj_site_free(site);
    snprintf(remove, sizeof remove, "rm -rf %s", root);
    BJ_CHECK(system(remove) == 0);
    return bj_test_end("test_bj_site");
}
