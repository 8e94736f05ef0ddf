/* Goal: what waits for a second person is said whole: what it would be, and what is now. */
#include "controlplane/cli/bj_cli_waits.h"

#include <stdlib.h>
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_test.h"

static const struct {
    const char *elevation, *words;
} cases[] = {
    {"{'act':{'level':'account','limit':'order_qty','account_id':'1001','value':5000},"
     "'in_force':{'value':500}}", "order_qty of account 1001: 5,000, now 500"},
    {"{'act':{'level':'member','limit':'margin','value':-1},'in_force':{'value':0}}",
     "margin of member: no limit, now 0"},
    {"{'act':{'level':'desk','limit':'barred','session_id':3,'symbol':'TCS','value':0},"
     "'in_force':{'value':1}}", "barred of desk 3 in TCS: 0, now 1"},
    {"{'act':{'symbol':'TCS','state':'open'},'in_force':{'state':'halted'}}",
     "TCS is in continuous trading, now halted"},
    {"{'act':{'symbol':'ALL','state':'auction','auction':'resume','reference_paise':5005,"
     "'band_bp':300,'market_first':true},'in_force':{'state':'halted'}}",
     "ALL is in call auction, resume, reference 50.05, band 300 bp, market orders first, "
     "now halted"},
    {"{'act':{'symbol':'ALL','state':'open'},"
     "'in_force':{'state':'halted','halted':3,'closed':0,'mark':9}}",
     "ALL is in continuous trading, now 3 halted, 0 closed"},
    {"{'act':{'symbol':'TCS','lo_paise':100,'hi_paise':20000},"
     "'in_force':{'lo_paise':150,'hi_paise':19000}}",
     "TCS trades from 1.00 to 200.00, now from 1.50 to 190.00"},
    {"{'what':'role:risk'}", ""},
    {"{}", ""},
};

int main(void) {
    char text[512], words[BJ_CLI_ACT_BYTES], *said = NULL;
    size_t said_bytes = 0;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        snprintf(text, sizeof text, "%s", cases[i].elevation);
        for (char *p = text; *p; p++) *p = *p == '\'' ? '"' : *p;
        json_t *json = json_loads(text, 0, NULL);
        BJ_CHECK(json && strcmp(bj_cli_act_words(json, words), cases[i].words) == 0);
        json_decref(json);
    }
    json_t *json = json_pack("{s:s, s:{s:s, s:s}, s:{s:s}}", "id", "12", "act", "symbol", "TCS",
                             "state", "open", "in_force", "state", "halted");
    FILE *out = open_memstream(&said, &said_bytes);
    bj_cli_print_waits(out, json);
    fclose(out);
    BJ_CHECK(strstr(said, "waits for a second person: TCS is in continuous trading, now halted\n"));
    BJ_CHECK(strstr(said, "bijlictl approve yes 12\n") && strstr(said, "somebody else"));
    free(said);
    json_decref(json);
    return bj_test_end("test_bj_cli_waits");
}
