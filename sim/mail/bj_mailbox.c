#include "sim/mail/bj_mailbox.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

struct bj_mailbox {
    char     dir[400];
    uint64_t last, kept_cnt; /* highest number in the folder; how many of ours */
    bj_mailbox_entry_t entry[BJ_MAILBOX_SHOWN];
};

/* Numbers go on where the folder ends, so that a restart never writes over a mail. */
static uint64_t highest_in(const char *dir) {
    uint64_t highest = 0;
    DIR *folder = opendir(dir);
    for (struct dirent *file; folder && (file = readdir(folder));) {
        char *end;
        uint64_t number = strtoull(file->d_name, &end, 10);
        if (strcmp(end, ".eml") == 0 && number > highest) highest = number;
    }
    if (folder) closedir(folder);
    return highest;
}

bj_mailbox_t *bj_mailbox_open(const char *dir) {
    if (strlen(dir) >= sizeof ((bj_mailbox_t *)0)->dir) return NULL;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) return NULL;
    bj_mailbox_t *box = calloc(1, sizeof *box);
    if (!box) return NULL;
    snprintf(box->dir, sizeof box->dir, "%s", dir);
    box->last = highest_in(dir);
    return box;
}

void bj_mailbox_close(bj_mailbox_t *box) {
    for (size_t i = 0; i < BJ_MAILBOX_SHOWN; i++) free(box->entry[i].text);
    free(box);
}

static void subject_of(const char *text, char *out, size_t out_bytes) {
    out[0] = '\0';
    for (const char *line = text; line && *line && strncmp(line, "\r\n", 2) != 0;) {
        const char *end = strstr(line, "\r\n");
        if (strncasecmp(line, "Subject:", 8) == 0) {
            const char *from = line + 8 + (line[8] == ' ');
            size_t n = end ? (size_t)(end - from) : strlen(from);
            snprintf(out, out_bytes, "%.*s", (int)(n < out_bytes ? n : out_bytes - 1), from);
            return;
        }
        line = end ? end + 2 : NULL;
    }
}

static bool write_file(const bj_mailbox_t *box, uint64_t number, const bj_smtp_mail_t *mail) {
    char path[460];
    snprintf(path, sizeof path, "%s/%06" PRIu64 ".eml", box->dir, number);
    FILE *out = fopen(path, "wbxe");
    if (!out) return false;
    bool ok = fwrite(mail->text, 1, mail->text_bytes, out) == mail->text_bytes;
    return (fclose(out) == 0) && ok;
}

bool bj_mailbox_keep(bj_mailbox_t *box, const bj_smtp_mail_t *mail) {
    const char *body = strstr(mail->text, "\r\n\r\n");
    char *text = strdup(body ? body + 4 : mail->text);
    if (!text || !write_file(box, box->last + 1, mail)) {
        free(text);
        return false;
    }
    bj_mailbox_entry_t *entry = &box->entry[box->kept_cnt++ % BJ_MAILBOX_SHOWN];
    free(entry->text);
    entry->number = ++box->last;
    entry->text = text;
    snprintf(entry->to, sizeof entry->to, "%s", mail->to[0]);
    subject_of(mail->text, entry->subject, sizeof entry->subject);
    return true;
}

uint64_t bj_mailbox_cnt(const bj_mailbox_t *box) { return box->kept_cnt; }

const bj_mailbox_entry_t *bj_mailbox_newest(const bj_mailbox_t *box, size_t i) {
    if (i >= BJ_MAILBOX_SHOWN || i >= box->kept_cnt) return NULL;
    return &box->entry[(box->kept_cnt - 1 - i) % BJ_MAILBOX_SHOWN];
}
