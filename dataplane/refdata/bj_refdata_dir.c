/* A folder of the day's files, merged. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "dataplane/refdata/bj_refdata_merge.h"

typedef struct folder {
    const char *dir;
    bj_ref_report_t report;
    bj_ref_file_t *file[BJ_REF_DIR_MAX];
    size_t file_cnt, stream_file_cnt;
} folder_t;

static void complain(folder_t *folder, const char *field, const char *text) {
    bj_ref_report_t *report = &folder->report;
    report->error_cnt++;
    if (report->kept_cnt == BJ_REF_ERROR_MAX) return;
    bj_ref_error_t *error = &report->kept[report->kept_cnt++];
    snprintf(error->file, sizeof error->file, "%s", folder->dir);
    snprintf(error->field, sizeof error->field, "%s", field);
    snprintf(error->text, sizeof error->text, "%s", text);
}

static void add_report(bj_ref_report_t *to, const bj_ref_report_t *from) {
    to->line_cnt += from->line_cnt;
    to->bad_line_cnt += from->bad_line_cnt;
    to->error_cnt += from->error_cnt;
    for (uint32_t i = 0; i < from->kept_cnt && to->kept_cnt < BJ_REF_ERROR_MAX; i++) {
        to->kept[to->kept_cnt++] = from->kept[i];
    }
}

/* A file with such a name that cannot be told by its lines is damaged, not none of ours. */
static bool looks_like_ours(const char *name) {
    return strstr(name, "stream_info") || !strncasecmp(name, "contract.", 9) ||
           !strncasecmp(name, "security.", 9) || strstr(name, "NSE_FO_contract_") ||
           strstr(name, "NSE_CM_security_") || strcasestr(name, "bhav");
}

static bj_status_t take_file(folder_t *folder, const char *name, bj_ref_mode_t mode) {
    char path[sizeof((bj_ref_file_t *)0)->name];
    bj_ref_file_t *file;
    if (snprintf(path, sizeof path, "%s/%s", folder->dir, name) >= (int)sizeof path) {
        complain(folder, "file", "its path is longer than 255");
        return BJ_OK;
    }
    if (bj_ref_load(path, BJ_REF_ANY, mode, &file) == BJ_ERR_FULL) return BJ_ERR_FULL;
    if (file->kind == BJ_REF_ANY && !looks_like_ours(name)) {
        bj_ref_free(file);
        return BJ_OK;
    }
    if (folder->file_cnt == BJ_REF_DIR_MAX) {
        bj_ref_free(file);
        complain(folder, "folder", "has more than 64 files of the exchange");
        return BJ_ERR_CONFIG;
    }
    add_report(&folder->report, &file->report);
    folder->stream_file_cnt += file->kind == BJ_REF_STREAMS;
    folder->file[folder->file_cnt++] = file;
    return BJ_OK;
}

/* A pipe would be waited for. */
static bool is_file(const char *dir, const struct dirent *entry) {
    char path[sizeof((bj_ref_file_t *)0)->name];
    struct stat st;
    if (*entry->d_name == '.') return false;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) return entry->d_type == DT_REG;
    if (snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) >= (int)sizeof path) return true;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bj_status_t take_all(folder_t *folder, bj_ref_mode_t mode) {
    struct dirent **entry;
    int cnt = scandir(folder->dir, &entry, NULL, alphasort);
    bj_status_t status = cnt >= 0 ? BJ_OK : BJ_ERR_NOT_FOUND;
    if (cnt < 0) complain(folder, "folder", strerror(errno));
    for (int i = 0; i < cnt; i++) {
        if (status == BJ_OK && is_file(folder->dir, entry[i]))
            status = take_file(folder, entry[i]->d_name, mode);
        free(entry[i]);
    }
    if (cnt >= 0) free(entry);
    if (status == BJ_OK && !folder->stream_file_cnt) {
        complain(folder, "folder", "has no XX_contract_stream_info.csv: it must have one");
        status = BJ_ERR_NOT_FOUND;
    }
    return status;
}

bj_status_t bj_ref_merge_dir(const char *dir, const bj_ref_merge_rule_t *rule, bj_ref_day_t **out) {
    folder_t *folder = calloc(1, sizeof *folder);
    *out = NULL;
    if (!folder) return BJ_ERR_FULL;
    folder->dir = dir;
    bj_status_t status = take_all(folder, rule->mode);
    bool good = status == BJ_OK && (rule->mode == BJ_REF_LENIENT || !folder->report.error_cnt);
    if (status == BJ_OK && !good) status = BJ_ERR_CONFIG;
    if (status != BJ_ERR_FULL) {
        /* Without the files it is the empty day: to carry the report. */
        bj_status_t merged = bj_ref_merge((const bj_ref_file_t *const *)folder->file,
                                          good ? folder->file_cnt : 0, rule, out);
        if (merged != BJ_OK) status = merged;
    }
    if (*out) {
        add_report(&folder->report, &(*out)->report);
        (*out)->report = folder->report;
    }
    for (size_t i = 0; i < folder->file_cnt; i++) bj_ref_free(folder->file[i]);
    free(folder);
    return status;
}
