/* Goal: whatever is in an export, a PDF comes out that begins and ends as one; what is long is
 * wrapped, names stand in their own letters, and no row is drawn off the page.
 * BJ_TEST_PDF=FILE keeps the big one to be looked at. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/privacy/bj_export.h"
#include "dataplane/base/bj_test.h"

/* fontconfig 2.14 keeps 288 bytes a process, not an export, and loses the pointer. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libfontconfig"; }

static json_t *export_of(json_t *rows, const char *brief) {
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:s, s:s, s:s?, s:o}, {s:s, s:s, s:s,"
                     " s:s, s:[]}]}",
                     "made", "2026-11-27T10:00:00.000Z", "person", "name",
                     "\xe0\xa4\x86\xe0\xa4\xb6\xe0\xa4\xbe Z\xc3\xbcrich", "email", "a@b.in",
                     "phone", "", "sections", "title", "Your orders", "why",
                     "to carry them out, and the records a broker must keep", "kept", "5 years",
                     "rule", "a rule", "brief", brief, "rows", rows, "title", "Nothing here", "why",
                     "x", "kept", "y", "rule", "", "rows");
}

/* A name each in the letters of Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Telugu, Kannada
 * and Malayalam; the PDF says which fonts it brought. */
static void test_scripts(void) {
    static const struct {
        const char *name, *font;
    } names[] = {
        {"\xe0\xa4\x86\xe0\xa4\xb6\xe0\xa4\xbe", "NotoSansDevanagari"},
        {"\xe0\xa6\x86\xe0\xa6\xb6\xe0\xa6\xbe", "NotoSansBengali"},
        {"\xe0\xa8\x86\xe0\xa8\xb8\xe0\xa8\xbc\xe0\xa8\xbe", "NotoSansGurmukhi"},
        {"\xe0\xaa\x86\xe0\xaa\xb6\xe0\xaa\xbe", "NotoSansGujarati"},
        {"\xe0\xae\x86\xe0\xae\xb7\xe0\xae\xbe", "NotoSansTamil"},
        {"\xe0\xb0\x86\xe0\xb0\xb6\xe0\xb0\xbe", "NotoSansTelugu"},
        {"\xe0\xb2\x86\xe0\xb2\xb6\xe0\xb2\xbe", "NotoSansKannada"},
        {"\xe0\xb4\x86\xe0\xb4\xb6\xe0\xb4\xbe", "NotoSansMalayalam"},
    };
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        uint8_t *pdf;
        size_t bytes = 0;
        json_t *export = json_pack("{s:{s:s}}", "person", "name", names[i].name);
        BJ_CHECK(bj_export_pdf(export, &pdf, &bytes) == BJ_OK);
        BJ_CHECK(memmem(pdf, bytes, names[i].font, strlen(names[i].font)));
        free(pdf);
        json_decref(export);
    }
}

static void check_pdf(json_t *export, size_t min_bytes) {
    uint8_t *pdf;
    size_t bytes = 0;
    BJ_CHECK(bj_export_pdf(export, &pdf, &bytes) == BJ_OK && bytes >= min_bytes);
    BJ_CHECK(bytes > 64 && memcmp(pdf, "%PDF-1.", 7) == 0);
    BJ_CHECK(bytes > 64 && memmem(pdf + bytes - 16, 16, "%%EOF", 5));
    const char *keep = getenv("BJ_TEST_PDF");
    FILE *file = keep && min_bytes > 4000 ? fopen(keep, "w") : NULL;
    if (file) fwrite(pdf, 1, bytes, file), fclose(file);
    free(pdf);
    json_decref(export);
}

static json_t *many(size_t cnt) {
    json_t *rows = json_array();
    for (size_t i = 0; i < cnt; i++) {
        json_array_append_new(
            rows, json_pack("{s:s, s:I, s:s, s:s, s:i, s:b, s:n, s:s}", "created_at",
                            "2026-11-27T10:00:00.123456+00:00", "order_id", (json_int_t)(1000 + i),
                            "symbol", i % 2 ? "RELIANCE" : "M&M", "side", "B", "price_paise",
                            284550, "maker", 1, "expires_on", "reason",
                            i % 7 ? ""
                                  : "a long sentence with many words that will not stand in a "
                                    "column and so has to be written on a few lines of it"));
    }
    return rows;
}

int main(void) {
    test_scripts();
    check_pdf(export_of(json_array(), NULL), 500);
    check_pdf(export_of(many(1), NULL), 500);
    check_pdf(export_of(many(400), "created_at order_id symbol side price_paise maker reason"),
              5000);
    check_pdf(export_of(many(2005), NULL), 5000);
    char word[5000];
    memset(word, 'w', sizeof word - 1), word[sizeof word - 1] = '\0';
    json_t *long_word =
        json_pack("[{s:s, s:{s:[i]}, s:f}]", "text", word, "object", "in", 1, "real", 1.5);
    check_pdf(export_of(long_word, NULL), 500);
    check_pdf(export_of(json_pack("[s, {}]", "no object"), "a b c d e f g h i j k l m"), 500);
    check_pdf(json_object(), 300);
    return bj_test_end("test_bj_export_pdf");
}
