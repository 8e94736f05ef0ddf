/* The export on A4 pages: a flow of lines and tables from the top down. */
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/privacy/bj_export.h"

enum { COLS_MAX = 10, CELL_BYTES = 512, LINES_MAX = 6, ROWS_MAX = BJ_EXPORT_TREE_ROWS - 1 };
enum { MEASURED_ROWS = 100 }; /* of a table: what is wider further down is wrapped */
#define PAGE_WIDTH 841.89     /* A4 across, points */
#define PAGE_HEIGHT 595.28
#define MARGIN 42.0
#define USABLE (PAGE_WIDTH - 2 * MARGIN)
#define BODY_PT 8.5
#define GAP 6.0 /* between two columns */

typedef struct sheet {
    PangoFontMap *fonts; /* its own: the library's is the thread's, for good */
    PangoContext *context;
    PangoLayout *layout; /* of the text that lay() was last given */
    PangoFontDescription *face;
    cairo_surface_t *surface;
    cairo_t *cr;
    double y;
    unsigned page_cnt;
    uint8_t *pdf;
    size_t pdf_bytes, pdf_room;
} sheet_t;

/* As much of text as there is room for, whole characters, on one line. */
static void copy_line(const char *text, char *out, size_t out_bytes) {
    size_t n = strnlen(text, out_bytes);
    if (n == out_bytes) {
        for (n--; n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80;)
            n--;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)text[i] < ' ' ? ' ' : text[i];
    out[n] = '\0';
}

/* Its height, in width points (0: as wide as it is); what does not fit into `lines` ends with
 * three dots. */
static double lay(sheet_t *sheet, double pt, bool bold, double width, int lines, const char *text) {
    PangoRectangle box;
    pango_font_description_set_absolute_size(sheet->face, pt * PANGO_SCALE);
    pango_font_description_set_weight(sheet->face,
                                      bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(sheet->layout, sheet->face);
    pango_layout_set_width(sheet->layout, width > 0 ? (int)(width * PANGO_SCALE) : -1);
    pango_layout_set_height(sheet->layout, -lines);
    pango_layout_set_text(sheet->layout, text, -1);
    pango_layout_get_extents(sheet->layout, NULL, &box);
    return (double)box.height / PANGO_SCALE;
}

static double wide(sheet_t *sheet, bool bold, const char *text) {
    PangoRectangle box;
    lay(sheet, BODY_PT, bold, 0, 1, text);
    pango_layout_get_extents(sheet->layout, NULL, &box);
    return (double)box.width / PANGO_SCALE;
}

static void show(sheet_t *sheet, double x, double y) {
    cairo_move_to(sheet->cr, x, y);
    pango_cairo_show_layout(sheet->cr, sheet->layout);
}

static void new_page(sheet_t *sheet) {
    char foot[40];
    if (sheet->page_cnt) cairo_show_page(sheet->cr);
    snprintf(foot, sizeof foot, "Bijli   page %u", ++sheet->page_cnt);
    lay(sheet, 7, false, 0, 1, foot);
    show(sheet, MARGIN, PAGE_HEIGHT - MARGIN * 0.75);
    sheet->y = MARGIN;
}

static void room(sheet_t *sheet, double need) {
    if (sheet->y + need > PAGE_HEIGHT - MARGIN) new_page(sheet);
}

static void paragraph(sheet_t *sheet, double pt, bool bold, const char *utf8) {
    char text[CELL_BYTES];
    copy_line(utf8, text, sizeof text);
    double height = lay(sheet, pt, bold, USABLE, CELL_BYTES, text);
    if (sheet->y + height > PAGE_HEIGHT - MARGIN) { /* a page has words of its own to lay */
        new_page(sheet);
        lay(sheet, pt, bold, USABLE, CELL_BYTES, text);
    }
    show(sheet, MARGIN, sheet->y);
    sheet->y += height;
}

/* --- tables */

typedef struct grid {
    size_t col_cnt;
    char name[COLS_MAX][48];
    double width[COLS_MAX];
} grid_t;

static void cell_text(const json_t *value, char out[CELL_BYTES]) {
    const char *text = json_string_value(value);
    if (text && strlen(text) > 19 && text[4] == '-' && text[10] == 'T') { /* a time */
        snprintf(out, CELL_BYTES, "%.10s %.8s", text, text + 11);
    } else if (text) {
        copy_line(text, out, CELL_BYTES);
    } else if (json_is_boolean(value)) {
        snprintf(out, CELL_BYTES, "%s", json_is_true(value) ? "yes" : "no");
    } else if (!value || json_is_null(value)) {
        out[0] = '\0';
    } else {
        char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        copy_line(dump ? dump : "", out, CELL_BYTES);
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
    double all = 0;
    for (size_t c = 0; c < grid->col_cnt; c++) {
        double max = wide(sheet, true, grid->name[c]);
        for (size_t r = 0; r < row_cnt && r < MEASURED_ROWS; r++) {
            cell_text(json_object_get(json_array_get(rows, r), grid->name[c]), text);
            double w = wide(sheet, false, text);
            if (w > max) max = w;
        }
        grid->width[c] = (max > 220 ? 220 : max) + GAP + 1;
        all += grid->width[c];
    }
    for (size_t c = 0; all > USABLE && c < grid->col_cnt; c++)
        grid->width[c] *= USABLE / all;
}

static void head(sheet_t *sheet, const grid_t *grid) {
    double x = MARGIN, height = 0;
    char name[48];
    for (size_t c = 0; c < grid->col_cnt; c++) {
        snprintf(name, sizeof name, "%s", grid->name[c]);
        for (char *p = name; *p; p++) {
            if (*p == '_') *p = ' ';
        }
        height = lay(sheet, BODY_PT, true, grid->width[c] - GAP, 1, name);
        show(sheet, x, sheet->y);
        x += grid->width[c];
    }
    sheet->y += height + 1;
    cairo_set_line_width(sheet->cr, 0.5);
    cairo_move_to(sheet->cr, MARGIN, sheet->y);
    cairo_line_to(sheet->cr, x - GAP, sheet->y);
    cairo_stroke(sheet->cr);
    sheet->y += 1;
}

/* Its height.  draw false: nothing but that. */
static double row(sheet_t *sheet, const grid_t *grid, json_t *json, bool draw) {
    double most = 0, x = MARGIN;
    for (size_t c = 0; c < grid->col_cnt; x += grid->width[c++]) {
        char text[CELL_BYTES];
        cell_text(json_object_get(json, grid->name[c]), text);
        double high = lay(sheet, BODY_PT, false, grid->width[c] - GAP, LINES_MAX, text);
        if (draw) show(sheet, x, sheet->y);
        if (high > most) most = high;
    }
    return most;
}

static void table(sheet_t *sheet, const char *brief, json_t *rows) {
    grid_t grid;
    size_t all_cnt = json_array_size(rows), row_cnt = all_cnt < ROWS_MAX ? all_cnt : ROWS_MAX;
    columns(&grid, brief, json_array_get(rows, 0));
    measure(sheet, &grid, rows, row_cnt);
    room(sheet, 4 * BODY_PT);
    head(sheet, &grid);
    for (size_t r = 0; r < row_cnt; r++) {
        json_t *json = json_array_get(rows, r);
        double need = row(sheet, &grid, json, false);
        if (sheet->y + need > PAGE_HEIGHT - MARGIN) new_page(sheet), head(sheet, &grid);
        row(sheet, &grid, json, true);
        sheet->y += need;
    }
    if (all_cnt > row_cnt) {
        paragraph(sheet, BODY_PT, true, "There are more: the JSON has them.");
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
    sheet->y += 14;
    paragraph(sheet, 11.5, true, text_of(json, "title"));
    snprintf(line, sizeof line, "What for: %s.  Kept: %s.%s%s", text_of(json, "why"),
             text_of(json, "kept"), *text_of(json, "rule") ? "  " : "", text_of(json, "rule"));
    paragraph(sheet, BODY_PT, false, line);
    sheet->y += 3;
    if (json_array_size(rows))
        table(sheet, json_string_value(json_object_get(json, "brief")), rows);
    else
        paragraph(sheet, BODY_PT, false, "Nothing.");
}

static void title(sheet_t *sheet, const json_t *export) {
    char line[CELL_BYTES];
    const json_t *person = json_object_get(export, "person");
    new_page(sheet);
    paragraph(sheet, 18, true, "What Bijli holds of you");
    sheet->y += 6;
    /* 2026-11-27T10:15:00Z */
    const char *made = text_of(export, "made"), *time = strchr(made, 'T');
    snprintf(line, sizeof line, "Made %.10s %.8s UTC.  Times are UTC, prices and values in paise.",
             made, time ? time + 1 : "");
    paragraph(sheet, BODY_PT, false, line);
    paragraph(sheet, BODY_PT, false,
              "Tables show what a page has room for; the same export as JSON has every field.  "
              "Passwords, codes and keys are kept as hashes or sealed and are in neither.");
    sheet->y += 8;
    const char *const rows[][2] = {{"Name", "name"}, {"E-mail", "email"}, {"Phone", "phone"}};
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        if (!*text_of(person, rows[i][1])) continue;
        snprintf(line, sizeof line, "%s: %s", rows[i][0], text_of(person, rows[i][1]));
        paragraph(sheet, 10, false, line);
    }
}

static cairo_status_t keep(void *arg, const unsigned char *data, unsigned data_bytes) {
    sheet_t *sheet = (sheet_t *)arg;
    if (data_bytes > sheet->pdf_room - sheet->pdf_bytes) {
        size_t want = (sheet->pdf_bytes + data_bytes) * 2;
        uint8_t *grown = realloc(sheet->pdf, want);
        if (!grown) return CAIRO_STATUS_WRITE_ERROR;
        sheet->pdf = grown, sheet->pdf_room = want;
    }
    memcpy(sheet->pdf + sheet->pdf_bytes, data, data_bytes);
    sheet->pdf_bytes += data_bytes;
    return CAIRO_STATUS_SUCCESS;
}

static void open_sheet(sheet_t *sheet) {
    sheet->surface = cairo_pdf_surface_create_for_stream(keep, sheet, PAGE_WIDTH, PAGE_HEIGHT);
    cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_TITLE,
                                   "What Bijli holds of you");
    sheet->cr = cairo_create(sheet->surface);
    sheet->fonts = pango_cairo_font_map_new();
    sheet->context = pango_font_map_create_context(sheet->fonts);
    sheet->layout = pango_layout_new(sheet->context);
    /* Those named after the first: fontconfig would take their letters from a serif. */
    sheet->face = pango_font_description_from_string(
        "Noto Sans,Noto Sans Gujarati,Noto Sans Kannada");
    pango_layout_set_wrap(sheet->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_ellipsize(sheet->layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_single_paragraph_mode(sheet->layout, TRUE);
}

/* False: it could not all be written. */
static bool close_sheet(sheet_t *sheet) {
    cairo_destroy(sheet->cr);
    cairo_surface_finish(sheet->surface);
    bool good = cairo_surface_status(sheet->surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(sheet->surface);
    pango_font_description_free(sheet->face);
    g_object_unref(sheet->layout);
    g_object_unref(sheet->context);
    g_object_unref(sheet->fonts);
    return good;
}

bj_status_t bj_export_pdf(const json_t *export, uint8_t **out, size_t *out_bytes) {
    sheet_t sheet = {0};
    const json_t *list = json_object_get(export, "sections");
    open_sheet(&sheet);
    title(&sheet, export);
    for (size_t i = 0; i < json_array_size(list); i++)
        section(&sheet, json_array_get(list, i));
    bool good = close_sheet(&sheet);
    if (!good) free(sheet.pdf), sheet.pdf = NULL, sheet.pdf_bytes = 0;
    *out = sheet.pdf, *out_bytes = sheet.pdf_bytes;
    return good ? BJ_OK : BJ_ERR_FULL;
}
