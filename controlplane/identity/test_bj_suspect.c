/* Goal: the table of places takes what its header says and nothing else, and finds both ends of a
 * network; each rule by itself, on both sides of its limit. */
#include <stdlib.h>
#include "controlplane/identity/bj_suspect.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

#define HOUR_NS (3600 * BJ_NS_PER_S)
#define NOW_NS INT64_C(1795518289000000000)

static const char table[] = "# a comment\n"
                            "203.0.113.0/25,19.07,72.88,IN\r\n"
                            "\n"
                            "198.51.100.7/32,51.5,-0.12,GB\n"
                            "2001:db8::/32,40.71,-74.01,US\n"
                            "10.0.0.0/8,28.6,77.2,IN";

static void test_places(void) {
    static const struct {
        const char *address, *country; /* NULL: nowhere */
    } cases[] = {
        {"203.0.113.0", "IN"}, {"203.0.113.127", "IN"}, {"203.0.113.128", NULL},
        {"203.0.112.255", NULL}, {"198.51.100.7", "GB"}, {"198.51.100.8", NULL},
        {"2001:db8::1", "US"}, {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "US"},
        {"2001:db9::", NULL}, {"::ffff:10.1.2.3", "IN"}, {"0.0.0.0", NULL},
        {"255.255.255.255", NULL}, {"::", NULL}, {"not an address", NULL}, {"", NULL},
    };
    char error[BJ_PLACES_ERROR_BYTES];
    bj_place_t place;
    bj_places_t *places = bj_places_read(table, sizeof table - 1, error);
    BJ_CHECK(places && bj_places_cnt(places) == 4);
    for (size_t i = 0; places && i < BJ_COUNT(cases); i++) {
        bool found = bj_places_find(places, cases[i].address, &place);
        BJ_CHECK(found == (cases[i].country != NULL));
        BJ_CHECK(!found || !strcmp(place.country, cases[i].country));
    }
    bj_places_free(places);
    BJ_CHECK(!bj_places_find(NULL, "10.1.2.3", &place) && bj_places_cnt(NULL) == 0);
    BJ_CHECK(!bj_places_load("/nonexistent/places", error) && !strcmp(error, "cannot be read"));
}

static void test_bad_places(void) {
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"x/8,1,1,IN", "line 1: the network is no address"},
        {"10.0.0.0,1,1,IN", "line 1: the network has no /LENGTH"},
        {"#\n10.0.0.0/33,1,1,IN", "line 2: no such network length"},
        {"10.0.0.0/-1,1,1,IN", "line 1: no such network length"},
        {"10.0.0.0/8x,1,1,IN", "line 1: no such network length"},
        {"10.0.0.0/9223372036854775807,1,1,IN", "line 1: no such network length"},
        {"10.0.0.1/8,1,1,IN", "line 1: the network has bits behind its length"},
        {"10.0.0.0/8,91,1,IN", "line 1: the latitude is none"},
        {"10.0.0.0/8,nan,1,IN", "line 1: the latitude is none"},
        {"10.0.0.0/8,1,-181,IN", "line 1: the longitude is none"},
        {"10.0.0.0/8,1,,IN", "line 1: the longitude is none"},
        {"10.0.0.0/8,1,1,in", "line 1: the country is not two capital letters"},
        {"10.0.0.0/8,1,1", "line 1: a line has four fields"},
        {"10.0.0.0/8,1,1,IN,x", "line 1: a line has four fields"},
        {"10.0.0.0/8,1,1,IN\n10.2.0.0/16,1,1,IN", "line 2: the network overlaps another one's"},
    };
    char error[BJ_PLACES_ERROR_BYTES];
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(!bj_places_read(cases[i].text, strlen(cases[i].text), error));
        BJ_CHECK(!strcmp(error, cases[i].error));
        if (strcmp(error, cases[i].error)) fprintf(stderr, "  %s\n", error);
    }
}

static bj_login_fact_t at(int64_t ago_ns, double latitude, double longitude, const char *country) {
    bj_login_fact_t fact = {.at_ns = NOW_NS - ago_ns, .has_place = country != NULL,
                            .place = {.latitude = latitude, .longitude = longitude}};
    if (country) snprintf(fact.place.country, sizeof fact.place.country, "%s", country);
    return fact;
}

static unsigned judged(bj_login_fact_t now, bool device_known, const bj_login_fact_t *history,
                       size_t cnt) {
    return bj_suspect_judge(&now, device_known, history, cnt).rules;
}

#define ONLY(rule) (1U << BJ_SUSPECT_##rule)

static void test_rules(void) {
    const bj_login_fact_t mumbai = at(HOUR_NS, 19.07, 72.88, "IN");
    const bj_login_fact_t nowhere = at(HOUR_NS, 0, 0, NULL);
    BJ_CHECK(judged(at(0, 19.07, 72.88, "IN"), false, NULL, 0) == 0); /* the first of all */
    BJ_CHECK(judged(at(0, 19.07, 72.88, "IN"), true, &mumbai, 1) == 0);
    BJ_CHECK(judged(at(0, 19.07, 72.88, "IN"), false, &mumbai, 1) == ONLY(new_device));
    /* Delhi is 1150 km away: an hour is too short, two are not. */
    BJ_CHECK(judged(at(0, 28.6, 77.2, "IN"), true, &mumbai, 1) == ONLY(travel));
    BJ_CHECK(judged(at(-HOUR_NS, 28.6, 77.2, "IN"), true, &mumbai, 1) == 0);
    BJ_CHECK(judged(at(2 * HOUR_NS, 28.6, 77.2, "IN"), true, &mumbai, 1) == ONLY(travel));
    BJ_CHECK(judged(at(0, 18.5, 73.86, "IN"), true, &mumbai, 1) == 0); /* Pune is too near */
    BJ_CHECK(judged(at(-24 * HOUR_NS, 51.5, -0.12, "GB"), true, &mumbai, 1) == ONLY(new_country));
    BJ_CHECK(judged(at(0, 51.5, -0.12, "GB"), true, &nowhere, 1) == 0);
    BJ_CHECK(judged(at(0, 0, 0, NULL), true, &mumbai, 1) == 0);
}

static void test_habits(void) {
    bj_login_fact_t days[10], quick[4];
    for (int i = 0; i < 10; i++) days[i] = at((24 * i + 3) * HOUR_NS, 0, 0, NULL);
    BJ_CHECK(judged(at(0, 0, 0, NULL), true, days, 10) == ONLY(unusual_time));
    BJ_CHECK(judged(at(0, 0, 0, NULL), true, days, 9) == 0);
    BJ_CHECK(judged(at(HOUR_NS + 1, 0, 0, NULL), true, days, 10) == 0); /* less than two apart */
    days[7] = at(23 * HOUR_NS, 0, 0, NULL); /* an hour later, on another day */
    BJ_CHECK(judged(at(0, 0, 0, NULL), true, days, 10) == 0);
    for (int i = 0; i < 4; i++) quick[i] = at(i * 60 * BJ_NS_PER_S, 0, 0, NULL);
    BJ_CHECK(judged(at(0, 0, 0, NULL), true, quick, 4) == ONLY(rate));
    BJ_CHECK(judged(at(0, 0, 0, NULL), true, quick, 3) == 0);
    BJ_CHECK(judged(at(-7 * 60 * BJ_NS_PER_S, 0, 0, NULL), true, quick, 4) == 0);
}

static void test_points(void) {
    const bj_login_fact_t mumbai = at(HOUR_NS, 19.07, 72.88, "IN");
    const bj_login_fact_t london = at(0, 51.5, -0.12, "GB");
    char text[BJ_SUSPECT_TEXT_BYTES];
    bj_suspicion_t got = bj_suspect_judge(&london, false, &mumbai, 1);
    BJ_CHECK(got.points == 120);
    BJ_CHECK(!strcmp(bj_suspect_text(got.rules, text), "new_device,new_country,travel"));
    BJ_CHECK(!strcmp(bj_suspect_text(0, text), ""));
    BJ_CHECK(!strcmp(bj_suspect_text((1U << BJ_SUSPECT_CNT) - 1, text),
                     "new_device,new_country,travel,unusual_time,rate"));
}

int main(void) {
    test_places();
    test_bad_places();
    test_rules();
    test_habits();
    test_points();
    return bj_test_end("test_bj_suspect");
}
