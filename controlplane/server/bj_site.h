#ifndef BJ_SITE_H
#define BJ_SITE_H

/* bj_site - the web app's files, read into memory.
 *
 * Purpose    Answer a path with a file, its type, its best encoding and its validator.
 * Safety     A path is looked up in the table of files found under the root at loading; it never
 *            reaches the file system, so it cannot leave the root.
 * Shape      at most BJ_SITE_FILES_MAX files, hidden ones and links left out; NAME.br and NAME.gz
 *            are encodings of NAME.  Under assets/ names carry a hash and may be kept for ever.
 * Threads    one: the server's loop.  Files stay valid until the next bj_site_refresh. */
#include "dataplane/base/bj_base.h"

enum { BJ_SITE_FILES_MAX = 1024 };

typedef struct bj_site bj_site_t;

typedef struct bj_site_file {
    const uint8_t *data;
    size_t         data_bytes;
    const char    *type;     /* Content-Type */
    const char    *encoding; /* "br", "gzip" or NULL */
    const char    *cache;    /* Cache-Control */
    char           etag[24]; /* with its quotes; differs by encoding */
} bj_site_file_t;

/* Never NULL; a root that is not there is an empty site. */
bj_site_t *bj_site_open(const char *root);
void bj_site_free(bj_site_t *site);

/* Reads everything again if index.html changed since; at most one stat otherwise. */
void bj_site_refresh(bj_site_t *site);

/* False: no such file.  A path without a dot in its last segment is a page of the app: index.html.
 * accept_encoding may be NULL. */
BJ_MUST_USE bool bj_site_find(const bj_site_t *site, const char *path, const char *accept_encoding,
                              bj_site_file_t *file);

#endif /* BJ_SITE_H */
