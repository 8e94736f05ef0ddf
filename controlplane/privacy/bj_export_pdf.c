/* The export on A4 pages: a flow of lines and tables from the top down. */
#include <hpdf.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/privacy/bj_export.h"

enum { COLS_MAX = 10, CELL_BYTES = 512, LINES_MAX = 6, ROWS_MAX = BJ_EXPORT_TREE_ROWS - 1 };
#define MARGIN 42.0f
#define BODY_PT 8.5f
#define LEAD 1.35f
#define GAP 6.0f /* between two columns */

typedef struct sheet {
    HPDF_Doc doc;
    HPDF_Page page;
    HPDF_Font plain, bold;
    float y, width, height;
    unsigned page_cnt;
    jmp_buf failed;
} sheet_t;

static void on_error(HPDF_STATUS error, HPDF_STATUS detail, void *ctx) {
    (void)error, (void)detail;
    longjmp(((sheet_t *)ctx)->failed, 1);
}

/* The fonts that every reader has know Latin-1: two bytes of UTF-8 at most. */
static void latin1(const char *text, char *out, size_t out_bytes) {
    const uint8_t *p = (const uint8_t *)text;
    size_t at = 0;
    while (*p && at + 1 < out_bytes) {
        if (*p < 0x80) {
            out[at++] = *p >= ' ' ? (char)*p : ' ';
            p++;
            continue;
        }
        bool two = (*p == 0xc2 || *p == 0xc3) && (p[1] & 0xc0) == 0x80;
        out[at++] = two ? (char)((*p & 3) << 6 | (p[1] & 0x3f)) : '?';
        for (p++; (*p & 0xc0) == 0x80; p++) {
        }
    }
    out[at] = '\0';
}

static float width_of(HPDF_Font font, float pt, const char *text) {
    HPDF_TextWidth got =
        HPDF_Font_TextWidth(font, (const HPDF_BYTE *)text, (HPDF_UINT)strlen(text));
    return (float)got.width * pt / 1000.0f;
}

static void put(sheet_t *sheet, HPDF_Font font, float pt, float x, float y, const char *text) {
    HPDF_Page_SetFontAndSize(sheet->page, font, pt);
    HPDF_Page_BeginText(sheet->page);
    HPDF_Page_TextOut(sheet->page, x, y, text);
    HPDF_Page_EndText(sheet->page);
}

static void new_page(sheet_t *sheet) {
    char foot[40];
    sheet->page = HPDF_AddPage(sheet->doc);
    HPDF_Page_SetSize(sheet->page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_LANDSCAPE);
    sheet->width = HPDF_Page_GetWidth(sheet->page);
    sheet->height = HPDF_Page_GetHeight(sheet->page);
    sheet->y = sheet->height - MARGIN;
    snprintf(foot, sizeof foot, "Bijli   page %u", ++sheet->page_cnt);
    put(sheet, sheet->plain, 7, MARGIN, MARGIN / 2, foot);
}

static void room(sheet_t *sheet, float need) {
    if (sheet->y - need < MARGIN) new_page(sheet);
}

/* How many bytes of text fit, up to a blank if there is one; at least one. */
static size_t fitting(HPDF_Font font, float pt, float max, const char *text) {
    HPDF_REAL width;
    HPDF_UINT text_bytes = (HPDF_UINT)strlen(text), n;
    n = HPDF_Font_MeasureText(font, (const HPDF_BYTE *)text, text_bytes, max, pt, 0, 0, HPDF_TRUE,
                              &width);
    if (n == 0) {
        n = HPDF_Font_MeasureText(font, (const HPDF_BYTE *)text, text_bytes, max, pt, 0, 0,
                                  HPDF_FALSE, &width);
    }
    return n ? n : 1;
}

static void paragraph(sheet_t *sheet, HPDF_Font font, float pt, const char *utf8) {
    char text[CELL_BYTES];
    latin1(utf8, text, sizeof text);
    for (const char *p = text; *p;) {
        char line[CELL_BYTES];
        size_t n = fitting(font, pt, sheet->width - 2 * MARGIN, p);
        room(sheet, pt * LEAD);
        sheet->y -= pt * LEAD;
        snprintf(line, sizeof line, "%.*s", (int)n, p);
        put(sheet, font, pt, MARGIN, sheet->y, line);
        for (p += n; *p == ' '; p++) {
        }
    }
}

/* --- tables */

typedef struct grid {
    size_t col_cnt;
    char name[COLS_MAX][48];
    float width[COLS_MAX];
} grid_t;

static void cell_text(const json_t *value, char out[CELL_BYTES]) {
    const char *text = json_string_value(value);
    if (text && strlen(text) > 19 && text[4] == '-' && text[10] == 'T') { /* a time */
        snprintf(out, CELL_BYTES, "%.10s %.8s", text, text + 11);
    } else if (text) {
        latin1(text, out, CELL_BYTES);
    } else if (json_is_boolean(value)) {
        snprintf(out, CELL_BYTES, "%s", json_is_true(value) ? "yes" : "no");
    } else if (!value || json_is_null(value)) {
        out[0] = '\0';
    } else {
        char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        latin1(dump ? dump : "", out, CELL_BYTES);
        free(dump);
    }
}

static void columns(grid_t *grid, const char *brief, json_t *first) {
    const char *key;
    json_t *value;
    grid->col_cnt = 0;
    if (!brief) {
        json_object_foreach(first, key, value) {
            if (grid->col_cnt == COLS_MAX) break;
            snprintf(grid->name[grid->col_cnt++], sizeof grid->name[0], "%s", key);
        }
        return;
    }
    while (*brief && grid->col_cnt < COLS_MAX) {
        size_t n = strcspn(brief, " ");
        snprintf(grid->name[grid->col_cnt++], sizeof grid->name[0], "%.*s", (int)n, brief);
        brief += n + (brief[n] == ' ');
    }
}

/* As wide as what is in it, but no column takes more than its share when there is too little. */
static void measure(sheet_t *sheet, grid_t *grid, json_t *rows, size_t row_cnt) {
    char text[CELL_BYTES];
    float all = 0, usable = sheet->width - 2 * MARGIN;
    for (size_t c = 0; c < grid->col_cnt; c++) {
        float max = width_of(sheet->bold, BODY_PT, grid->name[c]);
        for (size_t r = 0; r < row_cnt; r++) {
            cell_text(json_object_get(json_array_get(rows, r), grid->name[c]), text);
            float w = width_of(sheet->plain, BODY_PT, text);
            if (w > max) max = w;
        }
        grid->width[c] = (max > 220 ? 220 : max) + GAP;
        all += grid->width[c];
    }
    for (size_t c = 0; all > usable && c < grid->col_cnt; c++)
        grid->width[c] *= usable / all;
}

static void head(sheet_t *sheet, const grid_t *grid) {
    float x = MARGIN;
    char name[48];
    sheet->y -= BODY_PT * LEAD;
    for (size_t c = 0; c < grid->col_cnt; c++) {
        snprintf(name, sizeof name, "%s", grid->name[c]);
        for (char *p = name; *p; p++) {
            if (*p == '_') *p = ' ';
        }
        put(sheet, sheet->bold, BODY_PT, x, sheet->y, name);
        x += grid->width[c];
    }
    HPDF_Page_SetLineWidth(sheet->page, 0.5f);
    HPDF_Page_MoveTo(sheet->page, MARGIN, sheet->y - 3);
    HPDF_Page_LineTo(sheet->page, x - GAP, sheet->y - 3);
    HPDF_Page_Stroke(sheet->page);
    sheet->y -= 4;
}

/* draw false: only how many lines it takes. */
static size_t row(sheet_t *sheet, const grid_t *grid, json_t *json, bool draw) {
    size_t most = 1;
    float x = MARGIN;
    for (size_t c = 0; c < grid->col_cnt; c++, x += grid->width[c - 1]) {
        char text[CELL_BYTES], line[CELL_BYTES];
        size_t lines = 0;
        cell_text(json_object_get(json, grid->name[c]), text);
        for (const char *p = text; *p && lines < LINES_MAX; lines++) {
            size_t n = fitting(sheet->plain, BODY_PT, grid->width[c] - GAP, p);
            snprintf(line, sizeof line, "%.*s", (int)n, p);
            if (draw) {
                put(sheet, sheet->plain, BODY_PT, x, sheet->y - BODY_PT * LEAD * (float)(lines + 1),
                    line);
            }
            for (p += n; *p == ' '; p++) {
            }
        }
        if (lines > most) most = lines;
    }
    return most;
}

static void table(sheet_t *sheet, const char *brief, json_t *rows) {
    grid_t grid;
    size_t all_cnt = json_array_size(rows), row_cnt = all_cnt < ROWS_MAX ? all_cnt : ROWS_MAX;
    columns(&grid, brief, json_array_get(rows, 0));
    measure(sheet, &grid, rows, row_cnt);
    room(sheet, 3 * BODY_PT * LEAD);
    head(sheet, &grid);
    for (size_t r = 0; r < row_cnt; r++) {
        json_t *json = json_array_get(rows, r);
        float need = (float)row(sheet, &grid, json, false) * BODY_PT * LEAD;
        if (sheet->y - need < MARGIN) new_page(sheet), head(sheet, &grid);
        row(sheet, &grid, json, true);
        sheet->y -= need;
    }
    if (all_cnt > row_cnt) {
        paragraph(sheet, sheet->bold, BODY_PT, "There are more: the JSON has them.");
    }
}

static const char *text_of(const json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

static void section(sheet_t *sheet, const json_t *json) {
    char line[CELL_BYTES];
    json_t *rows = json_object_get(json, "rows");
    room(sheet, 70);
    sheet->y -= 14;
    paragraph(sheet, sheet->bold, 11.5f, text_of(json, "title"));
    snprintf(line, sizeof line, "What for: %s.  Kept: %s.%s%s", text_of(json, "why"),
             text_of(json, "kept"), *text_of(json, "rule") ? "  " : "", text_of(json, "rule"));
    paragraph(sheet, sheet->plain, BODY_PT, line);
    sheet->y -= 3;
    if (json_array_size(rows))
        table(sheet, json_string_value(json_object_get(json, "brief")), rows);
    else
        paragraph(sheet, sheet->plain, BODY_PT, "Nothing.");
}

static void title(sheet_t *sheet, const json_t *export) {
    char line[CELL_BYTES];
    const json_t *person = json_object_get(export, "person");
    new_page(sheet);
    sheet->y -= 8;
    paragraph(sheet, sheet->bold, 18, "What Bijli holds of you");
    sheet->y -= 6;
    /* 2026-11-27T10:15:00Z */
    const char *made = text_of(export, "made"), *time = strchr(made, 'T');
    snprintf(line, sizeof line, "Made %.10s %.8s UTC.  Times are UTC, prices and values in paise.",
             made, time ? time + 1 : "");
    paragraph(sheet, sheet->plain, BODY_PT, line);
    paragraph(sheet, sheet->plain, BODY_PT,
              "Tables show what a page has room for; the same export as JSON has every field.  "
              "Passwords, codes and keys are kept as hashes or sealed and are in neither.");
    sheet->y -= 8;
    const char *const rows[][2] = {{"Name", "name"}, {"E-mail", "email"}, {"Phone", "phone"}};
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        if (!*text_of(person, rows[i][1])) continue;
        snprintf(line, sizeof line, "%s: %s", rows[i][0], text_of(person, rows[i][1]));
        paragraph(sheet, sheet->plain, 10, line);
    }
}

static void draw(sheet_t *sheet, const json_t *export) {
    const json_t *list = json_object_get(export, "sections");
    sheet->plain = HPDF_GetFont(sheet->doc, "Helvetica", "WinAnsiEncoding");
    sheet->bold = HPDF_GetFont(sheet->doc, "Helvetica-Bold", "WinAnsiEncoding");
    HPDF_SetCompressionMode(sheet->doc, HPDF_COMP_ALL);
    HPDF_SetInfoAttr(sheet->doc, HPDF_INFO_TITLE, "What Bijli holds of you");
    title(sheet, export);
    for (size_t i = 0; i < json_array_size(list); i++)
        section(sheet, json_array_get(list, i));
}

static bj_status_t save(sheet_t *sheet, uint8_t **out, size_t *out_bytes) {
    HPDF_SaveToStream(sheet->doc);
    HPDF_ResetStream(sheet->doc);
    HPDF_UINT32 size = HPDF_GetStreamSize(sheet->doc);
    uint8_t *data = malloc(size ? size : 1);
    if (!data) return BJ_ERR_FULL;
    *out = data;
    *out_bytes = size;
    return HPDF_ReadFromStream(sheet->doc, data, &size) == HPDF_OK || size ? BJ_OK : BJ_ERR_FULL;
}

/* What the library cannot do comes back to the setjmp; nothing of ours is open then. */
static bj_status_t make(sheet_t *sheet, const json_t *export, uint8_t **out, size_t *out_bytes) {
    if (setjmp(sheet->failed) != 0) return BJ_ERR_FULL;
    sheet->doc = HPDF_New(on_error, sheet);
    if (!sheet->doc) return BJ_ERR_FULL;
    draw(sheet, export);
    return save(sheet, out, out_bytes);
}

bj_status_t bj_export_pdf(const json_t *export, uint8_t **out, size_t *out_bytes) {
    sheet_t *sheet = calloc(1, sizeof *sheet);
    *out = NULL;
    bj_status_t status = sheet ? make(sheet, export, out, out_bytes) : BJ_ERR_FULL;
    if (status != BJ_OK) free(*out), *out = NULL;
    if (sheet && sheet->doc) HPDF_Free(sheet->doc);
    free(sheet);
    return status;
}
