#include "controlplane/identity/bj_qr.h"

#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUIET = 4 };

/* A run of dark modules in a row is one step of the path. */
static void rows(FILE *out, const QRcode *code) {
    for (int y = 0; y < code->width; y++) {
        const unsigned char *row = code->data + y * code->width;
        for (int x = 0, end; x < code->width; x = end) {
            for (end = x; end < code->width && (row[end] & 1); end++) {}
            if (end > x) fprintf(out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
            else end = x + 1;
        }
    }
}

static char *draw(const QRcode *code) {
    char *svg = NULL;
    size_t svg_bytes;
    int side = code->width + 2 * QUIET;
    FILE *out = open_memstream(&svg, &svg_bytes);
    if (!out) return NULL;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dh-%dz\"/>"
            "<path fill=\"#000\" d=\"",
            side, side, side, side, side);
    rows(out, code);
    fprintf(out, "\"/></svg>");
    bool failed = ferror(out);
    if (fclose(out) == 0 && !failed) return svg;
    free(svg);
    return NULL;
}

char *bj_qr_svg(const char *text) {
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code) return NULL;
    char *svg = draw(code);
    QRcode_free(code);
    return svg;
}
