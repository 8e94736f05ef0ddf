/* Words of the files to values. */
#include <ctype.h>
#include <strings.h>

#include "dataplane/refdata/bj_refdata_priv.h"

static bool take_digit(int64_t *value, char digit) {
    return !__builtin_mul_overflow(*value, 10, value) &&
           !__builtin_add_overflow(*value, digit - '0', value);
}

bool bj_ref_fixed(const char *text, unsigned scale, int64_t *out) {
    bool negative = *text == '-';
    int64_t value = 0;
    if (negative) text++;
    if (!isdigit((unsigned char)*text)) return false;
    for (; isdigit((unsigned char)*text); text++) {
        if (!take_digit(&value, *text)) return false;
    }
    if (*text == '.' && !isdigit((unsigned char)*++text)) return false;
    for (; isdigit((unsigned char)*text); text++) {
        if (scale == 0) {
            if (*text != '0') return false;
        } else if (!take_digit(&value, *text)) {
            return false;
        } else {
            scale--;
        }
    }
    if (*text) return false;
    for (; scale; scale--) {
        if (!take_digit(&value, '0')) return false;
    }
    *out = negative ? -value : value;
    return true;
}

/* Letters count as two digits, A is 10; from the right every second digit is doubled. */
bool bj_ref_isin(const char *text) {
    if (strnlen(text, 13) != 12) return false;
    unsigned sum = 0, digits = 0;
    for (int i = 11; i >= 0; i--) {
        char c = text[i];
        bool letter = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
        if ((i < 2 && !letter) || (i == 11 && !digit) || (!letter && !digit)) return false;
        unsigned value = letter ? (unsigned)(c - 'A') + 10 : (unsigned)(c - '0');
        for (int part = 0; part < (letter ? 2 : 1); part++, value /= 10) {
            unsigned d = value % 10 << (digits++ & 1);
            sum += d / 10 + d % 10;
        }
    }
    return sum % 10 == 0;
}

/* Days since 1970 of a date after 1900, by whole cycles of 400 years from a year that begins in
 * March. */
static bool day_of_date(int64_t year, int64_t month, int64_t mday, int32_t *day) {
    static const int8_t last[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1980 || year > 2199 || month < 1 || month > 12 || mday < 1) return false;
    if (mday > last[month - 1] + (month == 2 && leap)) return false;
    int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
    int64_t of_year = (153 * m + 2) / 5 + mday - 1, of_cycle = y % 400;
    *day = (int32_t)(y / 400 * 146097 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year -
                     719468);
    return true;
}

static bool digits_of(const char *text, int cnt, int64_t *out) {
    *out = 0;
    for (int i = 0; i < cnt; i++) {
        if (!isdigit((unsigned char)text[i])) return false;
        *out = *out * 10 + (text[i] - '0');
    }
    return true;
}

bool bj_ref_day_iso(const char *text, int32_t *day) {
    int64_t y, m, d;
    return strnlen(text, 11) == 10 && text[4] == '-' && text[7] == '-' && digits_of(text, 4, &y) &&
           digits_of(text + 5, 2, &m) && digits_of(text + 8, 2, &d) && day_of_date(y, m, d, day);
}

bool bj_ref_day_mon(const char *text, int32_t *day) {
    static const char names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    int64_t y, d;
    if (strnlen(text, 12) != 11 || text[2] != '-' || text[6] != '-') return false;
    if (!digits_of(text, 2, &d) || !digits_of(text + 7, 4, &y)) return false;
    for (int m = 0; m < 12; m++) {
        if (!strncasecmp(text + 3, names + m * 3, 3)) return day_of_date(y, m + 1, d, day);
    }
    return false;
}

int32_t bj_ref_day_of(uint32_t exch_s) {
    return (int32_t)((exch_s + INT64_C(315532800)) / 86400); /* both from a midnight in India */
}

/* --- a field by its column */

static void put(uint8_t *row, const bj_ref_column_t *column, int64_t value) {
    memcpy(row + column->at, &value, column->bytes); /* little-endian: the low bytes */
}
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "put copies the low bytes");

static void read_fixed(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                       uint8_t *row) {
    int64_t value = 0;
    if (!bj_ref_fixed(text, column->scale, &value)) {
        bj_ref_complain(reader, column->name, "'%.40s' is not a number%s", text,
                        column->scale == 0   ? " without a fraction"
                        : column->scale == 2 ? " of rupees with at most two decimals"
                                             : " of lakhs with at most seven decimals");
    } else if (value < column->min || value > column->max) {
        const char *unit = column->scale ? " paise" : "";
        bj_ref_complain(reader, column->name, "'%.40s' is not in [%lld, %lld]%s", text,
                        (long long)column->min, (long long)column->max, unit);
    } else {
        put(row, column, value);
    }
}

static void read_word(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                      uint8_t *row) {
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        if (text[i] > ' ' && text[i] < 127 && text[i] != '"') continue;
        bj_ref_complain(reader, column->name, "'%.40s' must be printable, without blanks", text);
        return;
    }
    if (n >= column->bytes) {
        bj_ref_complain(reader, column->name, "'%.40s' is longer than %d", text, column->bytes - 1);
    } else {
        memcpy(row + column->at, text, n);
    }
}

static void read_name(const bj_ref_column_t *column, const char *text, uint8_t *row) {
    size_t n = strnlen(text, column->bytes - 1u);
    for (size_t i = 0; i < n; i++) {
        row[column->at + i] = text[i] >= ' ' && text[i] < 127 ? (uint8_t)text[i] : '?';
    }
}

static void read_range(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                       uint8_t *row) {
    char low[24];
    const char *dash = strchr(text, '-');
    size_t n = dash ? (size_t)(dash - text) : sizeof low;
    int64_t lo = 0, hi = 0;
    bool ok = n < sizeof low;
    if (ok) {
        memcpy(low, text, n);
        low[n] = '\0';
        ok = bj_ref_fixed(low, 2, &lo) && bj_ref_fixed(dash + 1, 2, &hi) && lo >= 0 && lo <= hi &&
             hi <= INT32_MAX;
    }
    if (!ok) {
        bj_ref_complain(reader, column->name,
                        "'%.40s' is not a range low-high of rupees with at most two decimals",
                        text);
        return;
    }
    int32_t pair[2] = {(int32_t)lo, (int32_t)hi};
    memcpy(row + column->at, pair, sizeof pair);
}
static_assert(offsetof(bj_ref_instrument_t, band_hi_paise) ==
                  offsetof(bj_ref_instrument_t, band_lo_paise) + 4, "read_range writes both");

static void read_isin(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                      uint8_t *row) {
    if (!strncmp(text, "DUMMY", 5)) return; /* the exchange's test securities */
    if (bj_ref_isin(text)) memcpy(row + column->at, text, 12);
    else bj_ref_complain(reader, column->name, "'%.40s' is not an ISIN: 12 characters, the last "
                         "one the check digit", text);
}

static void read_day(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                     uint8_t *row) {
    int32_t day = 0;
    bool iso = column->word == BJ_REF_DAY_ISO;
    bool ok = iso ? bj_ref_day_iso(text, &day) : bj_ref_day_mon(text, &day);
    if (ok) put(row, column, day);
    else bj_ref_complain(reader, column->name, "'%.40s' is not a date %s, 1980 to 2199", text,
                         iso ? "YYYY-MM-DD" : "DD-MMM-YYYY");
}

/* CE and CA, PE and PA; what has no option says XX, or FF in some files. */
static void read_call_put(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                          uint8_t *row) {
    static const struct { char word[3]; uint8_t option; } words[] = {
        {"CE", 'C'}, {"CA", 'C'}, {"PE", 'P'}, {"PA", 'P'}, {"XX", 0}, {"FF", 0}};
    for (size_t i = 0; i < BJ_COUNT(words); i++) {
        if (strcmp(text, words[i].word)) continue;
        put(row, column, words[i].option);
        return;
    }
    bj_ref_complain(reader, column->name, "'%.40s' is none of CE CA PE PA XX FF", text);
}

static void read_letter(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                        uint8_t *row) {
    bool yes_no = column->word == BJ_REF_YES_NO;
    if (text[1] || !strchr(yes_no ? "YN" : "CP", text[0])) {
        bj_ref_complain(reader, column->name, "'%.40s' must be %s", text,
                        yes_no ? "Y or N" : "C or P");
    } else if (!yes_no) {
        row[column->at] = (uint8_t)text[0];
    } else if (text[0] == 'Y') {
        row[column->at] |= BJ_REF_DELETED;
    }
}

static void read_segment(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                         uint8_t *row) {
    if (!strcmp(text, "CM")) put(row, column, BJ_SEGMENT_CM);
    else if (!strcmp(text, "FO")) put(row, column, BJ_SEGMENT_FO);
    else bj_ref_complain(reader, column->name, "'%.40s' must be CM or FO", text);
}

void bj_ref_read_field(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                       uint8_t *row) {
    if (!*text) {
        if (column->need == BJ_REF_MUST) bj_ref_complain(reader, column->name, "must not be empty");
        return;
    }
    switch (column->word) {
    case BJ_REF_FIXED: read_fixed(reader, column, text, row); break;
    case BJ_REF_FIXED_OR_DASH:
        if (!strcmp(text, "-")) put(row, column, -1);
        else read_fixed(reader, column, text, row);
        break;
    case BJ_REF_TEXT: read_name(column, text, row); break;
    case BJ_REF_WORD: read_word(reader, column, text, row); break;
    case BJ_REF_EXACTLY:
        if (strcmp(text, column->exactly)) {
            bj_ref_complain(reader, column->name, "'%.40s' must be %s", text, column->exactly);
        }
        break;
    case BJ_REF_RANGE: read_range(reader, column, text, row); break;
    case BJ_REF_ISIN: read_isin(reader, column, text, row); break;
    case BJ_REF_DAY_ISO:
    case BJ_REF_DAY_MON: read_day(reader, column, text, row); break;
    case BJ_REF_SEGMENT: read_segment(reader, column, text, row); break;
    case BJ_REF_CALL_PUT: read_call_put(reader, column, text, row); break;
    case BJ_REF_YES_NO:
    case BJ_REF_CASH_PHYSICAL: read_letter(reader, column, text, row); break;
    }
}
