#ifndef BJ_JOURNAL_PRIV_H
#define BJ_JOURNAL_PRIV_H

/* What lies in a journal file, and what the reader, the writer and the tests share. */
#include <stdio.h>
#include <sys/types.h>
#include "dataplane/base/bj_wire_check.h"
#include "dataplane/journal/bj_journal.h"

enum { BJ_JOURNAL_HEADER_BYTES = 4096, BJ_JOURNAL_VERSION = 1, BJ_JOURNAL_PATH_BYTES = 512 };
enum { BJ_JOURNAL_FILE_BYTES = 64 << 20 };

typedef struct bj_journal_header { /* a file begins so; zeros up to BJ_JOURNAL_HEADER_BYTES */
    char     magic[8]; /* "BIJLIJNL" */
    uint16_t version;
    uint16_t venue;   /* 1: what passes its engine goes to an exchange; 0 in older files too */
    uint32_t file_no; /* from 1, no holes */
    uint64_t journal_id, first_seq, file_bytes;
    uint32_t record_bytes;
    uint32_t check; /* CRC32C of the 44 bytes before it */
} bj_journal_header_t;
BJ_WIRE_SIZE(bj_journal_header_t, 48);
BJ_WIRE_AT(bj_journal_header_t, venue, 10);
BJ_WIRE_AT(bj_journal_header_t, journal_id, 16);
BJ_WIRE_AT(bj_journal_header_t, check, 44);

extern const char bj_journal_magic[8];

/* Of this version, with its checksum. */
bj_journal_header_t bj_journal_header_new(uint64_t journal_id, bool venue, uint32_t file_no,
                                          uint64_t first_seq, uint64_t file_bytes);

/* Where reading ended: the writer goes on there. */
typedef struct bj_journal_end {
    uint32_t file_no;    /* last file; 0: none */
    uint64_t file_bytes; /* its whole size */
    uint64_t at_bytes;   /* behind its last whole record */
} bj_journal_end_t;

/* live: somebody may be writing; what is not a whole record is the end, and not judged. */
bj_status_t bj_journal_read(const char *dir, uint64_t after_seq, bool live,
                            bj_journal_replay_fn *replay, void *ctx, bj_journal_report_t *report,
                            bj_journal_end_t *end);

typedef struct bj_journal_files { /* of a folder: numbers without holes, or some are missing */
    uint32_t first_no, last_no; /* 0: none */
} bj_journal_files_t;
BJ_MUST_USE bj_status_t bj_journal_files(const char *dir, bj_journal_files_t *files);
/* Reads and checks one file's header, but for its place in the order of files. */
BJ_MUST_USE bj_status_t bj_journal_header(int fd, uint32_t file_no, bj_journal_header_t *header);

/* False: the name does not fit. */
static inline bool bj_journal_path(char *path, const char *dir, uint32_t file_no) {
    int n = snprintf(path, BJ_JOURNAL_PATH_BYTES, "%s/journal-%06u.bjj", dir, file_no);
    return n > 0 && n < BJ_JOURNAL_PATH_BYTES;
}

/* The two calls that a disk can refuse while trading; the tests put their own here. */
typedef struct bj_journal_io {
    ssize_t (*write_at)(int fd, const void *data, size_t data_bytes, off_t at_bytes);
    int (*sync)(int fd);
} bj_journal_io_t;
extern const bj_journal_io_t bj_journal_disk;

/* All of data, or false with errno. */
bool bj_journal_write_all(const bj_journal_io_t *io, int fd, const void *data, size_t data_bytes,
                          uint64_t at_bytes);

/* bj_journal_open_after with files of another size and another disk. */
typedef struct bj_journal_how {
    bool     durable;
    uint64_t after_seq, file_bytes;
    const bj_journal_io_t *io;
    bool     zeroed; /* files of zeros, the next one made ahead by another thread */
    bool     venue;  /* of a journal that is not there yet */
} bj_journal_how_t;
bj_status_t bj_journal_open_how(const char *dir, const bj_journal_how_t *how,
                                bj_journal_replay_fn *replay, void *ctx,
                                bj_journal_report_t *report, bj_journal_t **journal);
/* bj_journal_seed with a first file of another size. */
bj_status_t bj_journal_seed_how(const char *dir, uint64_t journal_id, bool venue,
                                uint64_t file_bytes);

#endif /* BJ_JOURNAL_PRIV_H */
