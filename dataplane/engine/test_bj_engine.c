/* Goal: each rule of the engine as a line one can read: commands, and the events they must give.
 *
 * Commands   new SESSION ACCOUNT TOKEN CLIENT_ID B|S QTY PRICE L|M D|I [FLAGS]
 *            mod SESSION ACCOUNT ORDER QTY PRICE        can SESSION ACCOUNT ORDER
 *            mass SESSION ACCOUNT TOKEN B|S|-           dis SESSION
 *            state TOKEN STATE                          inst TOKEN TICK LOT LO HI FREEZE
 *            acct ID ORDER_VALUE OPEN_VALUE POSITION OPEN_ORDERS BLOCKED       wait MILLISECONDS
 * Events     letter ORDER leaves/cum, then what is not 0: @PRICExQTY of a trade, `m` if it was
 * resting, #VALUE, and the reason's name. The world  before each case: token 1 (tick 5, lot 1, band
 * 8000..12000, freeze 1000), token 2 (lot 10), accounts 1 to 3 with limits of 10^8, 10^9, 5000
 * shares, 10 orders. */
#include "dataplane/engine/bj_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

static const struct {
    const char *name, *script, *want;
} cases[] = {
    /* --- accept, rest, trade */
    {"an order rests", "new 1 1 1 7 B 10 10000 L D", "a1 10/0"},
    {"two that meet: maker first, its price",
     "new 1 1 1 7 B 10 10000 L D;new 2 2 1 7 S 4 9000 L D",
     "a1 10/0|a2 4/0 t1 6/4@10000x4m t2 0/4@10000x4"},
    {"what is left rests",
     "new 1 1 1 7 B 4 10000 L D;new 2 2 1 7 S 10 10000 L D;can 2 2 2",
     "a1 4/0|a2 10/0 t1 0/4@10000x4m t2 6/4@10000x4|c2 0/4 BJ_END_USER"},
    {"price, then time",
     "new 1 1 1 1 S 1 10010 L D;new 1 1 1 2 S 1 10000 L D;new 1 1 1 3 S 1 10000 L D;"
     "new 2 2 1 1 B 3 10010 L D",
     "a1 1/0|a2 1/0|a3 1/0|a4 3/0 t2 0/1@10000x1m t4 2/1@10000x1 t3 0/1@10000x1m t4 1/2@10000x1 "
     "t1 0/1@10010x1m t4 0/3@10010x1"},
    {"the rest of an IOC ends",
     "new 1 1 1 7 B 4 10000 L D;new 2 2 1 7 S 10 10000 L I",
     "a1 4/0|a2 10/0 t1 0/4@10000x4m t2 6/4@10000x4 c2 0/4 BJ_END_IOC"},
    {"a market order takes up to the band, its rest ends",
     "new 1 1 1 1 S 1 12000 L D;new 2 2 1 1 B 3 0 M D",
     "a1 1/0|a2 3/0 t1 0/1@12000x1m t2 2/1@12000x1 c2 0/1 BJ_END_NO_LIQUIDITY"},
    {"a market order finds nothing", "new 2 2 1 1 S 3 0 M I", "a1 3/0 c1 0/0 BJ_END_NO_LIQUIDITY"},
    {"a market order stays inside a band that was narrowed",
     "new 1 1 1 1 S 1 12000 L D;inst 1 5 1 9000 11000 1000;new 2 2 1 1 B 3 0 M D",
     "a1 1/0|i0 0/0 #1|a2 3/0 c2 0/0 BJ_END_NO_LIQUIDITY"},
    {"books of two instruments do not meet",
     "new 1 1 1 1 S 10 10000 L D;new 2 2 2 1 B 10 10000 L D",
     "a1 10/0|a2 10/0"},
    {"the passive order of its own account goes",
     "new 1 1 1 1 S 5 9990 L D;new 2 2 1 1 S 5 10000 L D;new 3 1 1 2 B 5 10000 L D",
     "a1 5/0|a2 5/0|a3 5/0 c1 0/0 BJ_END_SELF_TRADE t2 0/5@10000x5m t3 0/5@10000x5"},
    {"and the rest of the active one rests",
     "new 1 1 1 1 S 5 9990 L D;new 1 1 1 2 B 5 10000 L D",
     "a1 5/0|a2 5/0 c1 0/0 BJ_END_SELF_TRADE"},
    /* --- modify */
    {"less keeps its place",
     "new 1 1 1 1 B 5 10000 L D;new 2 2 1 1 B 5 10000 L D;mod 1 1 1 4 10000;"
     "new 3 3 1 1 S 4 10000 L D",
     "a1 5/0|a2 5/0|m1 4/0|a3 4/0 t1 0/4@10000x4m t3 0/4@10000x4"},
    {"more loses it",
     "new 1 1 1 1 B 5 10000 L D;new 2 2 1 1 B 5 10000 L D;mod 1 1 1 6 10000;"
     "new 3 3 1 1 S 4 10000 L D",
     "a1 5/0|a2 5/0|m1 6/0|a3 4/0 t2 1/4@10000x4m t3 0/4@10000x4"},
    {"a new price loses it, there and back",
     "new 1 1 1 1 B 5 10000 L D;new 2 2 1 1 B 5 10000 L D;mod 1 1 1 5 9995;mod 1 1 1 5 10000;"
     "new 3 3 1 1 S 4 10000 L D",
     "a1 5/0|a2 5/0|m1 5/0|m1 5/0|a3 4/0 t2 1/4@10000x4m t3 0/4@10000x4"},
    {"a modify that crosses takes",
     "new 1 1 1 1 S 5 10100 L D;new 2 2 1 1 B 8 10000 L D;mod 2 2 2 8 10100",
     "a1 5/0|a2 8/0|m2 8/0 t1 0/5@10100x5m t2 3/5@10100x5"},
    {"and may end there",
     "new 1 1 1 1 S 5 10100 L D;new 2 2 1 1 B 5 10000 L D;mod 2 2 2 5 10100;can 2 2 2",
     "a1 5/0|a2 5/0|m2 5/0 t1 0/5@10100x5m t2 0/5@10100x5|q2 0/0 BJ_REJ_ORDER_UNKNOWN"},
    {"whole quantity counts what has traded",
     "new 1 1 1 1 B 10 10000 L D;new 2 2 1 1 S 4 10000 L D;mod 1 1 1 7 10000;mod 1 1 1 4 10000",
     "a1 10/0|a2 4/0 t1 6/4@10000x4m t2 0/4@10000x4|m1 3/4|q1 3/4 BJ_REJ_LEAVES"},
    {"no change",
     "new 1 1 1 1 B 10 10000 L D;mod 1 1 1 10 10000",
     "a1 10/0|q1 10/0 BJ_REJ_UNCHANGED"},
    {"bad terms change nothing",
     "new 1 1 2 1 B 10 10000 L D;mod 1 1 1 10 10001;mod 1 1 1 11 10000;mod 1 1 1 10 12005;"
     "mod 1 1 1 10 0;mod 1 1 1 0 10000;mod 1 1 1 1010 10000",
     "a1 10/0|q1 10/0 BJ_REJ_TICK|q1 10/0 BJ_REJ_LOT|q1 10/0 BJ_REJ_PRICE_BAND|"
     "q1 10/0 BJ_REJ_PRICE|q1 10/0 BJ_REJ_QTY|q1 10/0 BJ_REJ_FREEZE_QTY"},
    {"whose order is it",
     "new 1 1 1 1 B 10 10000 L D;mod 1 2 1 9 10000;can 2 1 1;can 1 1 2;can 1 1 1",
     "a1 10/0|q1 0/0 BJ_REJ_ORDER_UNKNOWN|q1 0/0 BJ_REJ_NOT_PERMITTED|q2 0/0 BJ_REJ_ORDER_UNKNOWN|"
     "c1 0/0 BJ_END_USER"},
    /* --- refusals, in the order of the checks */
    {"instrument unknown", "new 1 1 9 1 B 1 1 L D", "r1 0/0 BJ_REJ_INSTRUMENT_UNKNOWN"},
    {"token 0 is none", "new 1 1 0 1 B 1 1 L D", "r1 0/0 BJ_REJ_INSTRUMENT_UNKNOWN"},
    {"halted: nothing new, no change, but out one can",
     "new 1 1 1 1 B 10 10000 L D;state 1 2;new 1 1 1 2 B 1 1 L D;mod 1 1 1 9 10000;can 1 1 1;"
     "state 1 1;new 1 1 1 3 B 10 10000 L D",
     "a1 10/0|i0 0/0 #2|r2 0/0 BJ_REJ_INSTRUMENT_HALTED|q1 10/0 BJ_REJ_INSTRUMENT_HALTED|"
     "c1 0/0 BJ_END_USER|i0 0/0 #1|a3 10/0"},
    {"a halt keeps what rests",
     "new 1 1 1 1 B 10 10000 L D;state 1 2;state 1 1;new 2 2 1 1 S 10 10000 L D",
     "a1 10/0|i0 0/0 #2|i0 0/0 #1|a2 10/0 t1 0/10@10000x10m t2 0/10@10000x10"},
    {"closed", "state 1 0;new 1 1 1 1 B 1 1 L D", "i0 0/0|r1 0/0 BJ_REJ_SESSION_CLOSED"},
    {"account unknown", "new 1 9 1 1 B 1 1 L D", "r1 0/0 BJ_REJ_ACCOUNT_UNKNOWN"},
    {"blocked: nothing new, no change, but out one can",
     "new 1 1 1 1 B 10 10000 L D;acct 1 100000000 1000000000 5000 10 1;new 1 1 1 2 B 1 1 L D;"
     "mod 1 1 1 9 10000;can 1 1 1",
     "a1 10/0|u0 0/0 #1|r2 0/0 BJ_REJ_ACCOUNT_BLOCKED|q1 10/0 BJ_REJ_ACCOUNT_BLOCKED|"
     "c1 0/0 BJ_END_USER"},
    {"no form of an order: no order",
     "new 1 1 1 1 X 1 10000 L D;new 1 1 1 1 B 1 10000 X D;new 1 1 1 1 B 1 10000 L X;"
     "new 1 1 1 1 B 1 -5 L D;new 1 0 1 1 B 1 10000 L D",
     "q0 0/0 BJ_REJ_ORDER_TYPE|q0 0/0 BJ_REJ_ORDER_TYPE|q0 0/0 BJ_REJ_ORDER_TYPE|"
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD"},
    {"client order id 0, flags nobody knows",
     "new 1 1 1 0 B 1 10000 L D;new 1 1 1 1 B 1 10000 L D 4",
     "r1 0/0 BJ_REJ_FIELD|r2 0/0 BJ_REJ_FIELD"},
    {"tick", "new 1 1 1 1 B 1 10001 L D", "r1 0/0 BJ_REJ_TICK"},
    {"lot", "new 1 1 2 1 B 15 10000 L D", "r1 0/0 BJ_REJ_LOT"},
    {"a limit needs a price", "new 1 1 1 1 B 1 0 L D", "r1 0/0 BJ_REJ_PRICE"},
    {"a market order has none", "new 1 1 1 1 B 1 10001 M D", "r1 0/0 BJ_REJ_PRICE"},
    {"band, both ends inclusive",
     "new 1 1 1 1 B 1 7995 L D;new 1 1 1 2 B 1 12005 L D;new 1 1 1 3 B 1 8000 L D;"
     "new 1 1 1 4 S 1 12000 L D",
     "r1 0/0 BJ_REJ_PRICE_BAND|r2 0/0 BJ_REJ_PRICE_BAND|a3 1/0|a4 1/0"},
    {"quantity",
     "new 1 1 1 1 B 0 10000 L D;new 1 1 2 1 B -10 10000 L D",
     "r1 0/0 BJ_REJ_QTY|r2 0/0 BJ_REJ_QTY"},
    {"freeze quantity",
     "new 1 1 1 1 B 1001 10000 L D;new 1 1 1 1 B 1000 10000 L D",
     "r1 0/0 BJ_REJ_FREEZE_QTY|a2 1000/0"},
    {"order value; a market order's at its end of the band",
     "acct 1 119999 1000000000 5000 10 0;new 1 1 1 1 B 12 10000 L D;new 1 1 1 2 B 11 10000 L D;"
     "new 1 1 1 3 B 10 0 M D;new 1 1 1 4 S 14 0 M D",
     "u0 0/0|r1 0/0 BJ_REJ_ORDER_VALUE|a2 11/0|r3 0/0 BJ_REJ_ORDER_VALUE|"
     "a4 14/0 c2 0/0 BJ_END_SELF_TRADE c4 0/0 BJ_END_NO_LIQUIDITY"},
    {"a limit of 0 means none at all",
     "acct 1 0 0 0 0 0;new 1 1 1 1 B 1 8000 L D",
     "u0 0/0|r1 0/0 BJ_REJ_ORDER_VALUE"},
    {"open orders",
     "acct 1 100000000 1000000000 5000 2 0;new 1 1 1 1 B 1 8000 L D;new 1 1 1 2 B 1 8000 L D;"
     "new 1 1 1 3 B 1 8000 L D;can 1 1 1;new 1 1 1 4 B 1 8000 L D",
     "u0 0/0|a1 1/0|a2 1/0|r3 0/0 BJ_REJ_OPEN_ORDERS|c1 0/0 BJ_END_USER|a4 1/0"},
    {"open value",
     "acct 1 100000000 99999 5000 10 0;new 1 1 1 1 B 5 10000 L D;new 1 1 1 2 B 5 10000 L D;"
     "new 1 1 1 3 B 4 10000 L D;mod 1 1 1 6 10000;mod 1 1 1 1 10000;mod 1 1 1 5 10000",
     "u0 0/0|a1 5/0|r2 0/0 BJ_REJ_OPEN_VALUE|a3 4/0|q1 5/0 BJ_REJ_OPEN_VALUE|m1 1/0|m1 5/0"},
    {"position and what is open on that side; the other side is free",
     "acct 1 100000000 1000000000 10 10 0;new 1 1 1 1 B 6 10000 L D;new 1 1 1 2 B 5 10000 L D;"
     "new 2 2 1 1 S 6 10000 L D;new 1 1 1 3 B 5 10000 L D;new 1 1 1 4 B 4 10000 L D;"
     "new 1 1 1 5 S 17 10005 L D;new 1 1 1 6 S 16 10005 L D",
     "u0 0/0|a1 6/0|r2 0/0 BJ_REJ_POSITION|a3 6/0 t1 0/6@10000x6m t3 0/6@10000x6|"
     "r4 0/0 BJ_REJ_POSITION|a5 4/0|r6 0/0 BJ_REJ_POSITION|a7 16/0"},
    {"a change that lowers what a limit counts is never refused by it",
     "new 1 1 1 1 B 10 10000 L D;acct 1 1 1 1 1 0;mod 1 1 1 9 10000;mod 1 1 1 9 9995;"
     "mod 1 1 1 10 9000",
     "a1 10/0|u0 0/0|m1 9/0|m1 9/0|q1 9/0 BJ_REJ_ORDER_VALUE"},
    {"sums that do not fit",
     "acct 1 9223372036854775807 9223372036854775807 9223372036854775807 10 0;"
     "inst 1 1 1 1 2147483647 2147483647;new 1 1 1 1 B 2147483647 2147483647 L D;"
     "new 1 1 1 2 B 2147483647 2147483647 L D;new 1 1 1 3 B 2147483647 2147483647 L D",
     "u0 0/0|i0 0/0 #1|a1 2147483647/0|a2 2147483647/0|r3 0/0 BJ_ERR_OVERFLOW"},
    {"duplicates among an account's open orders only",
     "new 1 1 1 7 B 1 8000 L D;new 1 1 2 7 B 10 8000 L D;new 2 2 1 7 B 1 8000 L D;can 1 1 1;"
     "new 1 1 1 7 B 1 8000 L D",
     "a1 1/0|r2 0/0 BJ_REJ_DUPLICATE|a3 1/0|c1 0/0 BJ_END_USER|a4 1/0"},
    {"message rate: 20 at once, then one each 10 ms; cancels are free",
     "new 1 1 1 1 B 1 8000 L D;mod 1 1 1 2 8000;mod 1 1 1 3 8000;mod 1 1 1 4 8000;"
     "mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;"
     "mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;"
     "mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;mod 1 1 1 5 8000;"
     "mod 1 1 1 6 8000;mod 1 1 1 7 8000;wait 9;mod 1 1 1 8 8000;wait 1;mod 1 1 1 9 8000;"
     "new 2 2 1 1 B 1 8000 L D;can 1 1 1",
     "a1 1/0|m1 2/0|m1 3/0|m1 4/0|m1 5/0|q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|"
     "q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|"
     "q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|"
     "q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|"
     "q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|q1 5/0 BJ_REJ_UNCHANGED|m1 6/0|"
     "q1 6/0 BJ_REJ_RATE|q1 6/0 BJ_REJ_RATE|m1 9/0|a2 1/0|c1 0/0 BJ_END_USER"},
    {"a full engine",
     "new 1 1 1 1 B 1 8000 L D;new 1 1 1 2 B 1 8000 L D;new 1 1 1 3 B 1 8000 L D;"
     "new 1 1 1 4 B 1 8000 L D;new 1 1 1 5 B 1 8000 L D;new 1 1 1 6 B 1 8000 L D;"
     "new 1 1 1 7 B 1 8000 L D;new 1 1 1 8 B 1 8000 L D;new 2 2 1 9 S 1 8000 L I;can 1 1 8;"
     "new 2 2 1 9 S 1 8000 L I",
     "a1 1/0|a2 1/0|a3 1/0|a4 1/0|a5 1/0|a6 1/0|a7 1/0|a8 1/0|r9 0/0 BJ_REJ_ENGINE_FULL|"
     "c8 0/0 BJ_END_USER|a10 1/0 t1 0/1@8000x1m t10 0/1@8000x1"},
    /* --- many at once */
    {"mass cancel: this session's, in order of arrival",
     "new 1 1 1 1 B 1 8000 L D;new 1 2 2 1 S 10 9000 L D;new 2 1 1 2 B 1 8000 L D;mass 1 0 0 -;"
     "mass 1 0 0 -",
     "a1 1/0|a2 10/0|a3 1/0|c1 0/0 BJ_END_MASS c2 0/0 BJ_END_MASS k0 0/0 #2 BJ_END_MASS|"
     "k0 0/0 BJ_END_MASS"},
    {"by account, instrument, side",
     "new 1 1 1 1 B 1 8000 L D;new 1 2 1 1 B 1 8000 L D;new 1 1 2 2 B 10 8000 L D;"
     "new 1 1 1 3 S 1 9000 L D;mass 1 1 1 S;mass 1 1 1 -;mass 1 2 0 -;mass 1 0 2 B;mass 1 0 0 X",
     "a1 1/0|a2 1/0|a3 10/0|a4 1/0|c4 0/0 BJ_END_MASS k0 0/0 #1 BJ_END_MASS|"
     "c1 0/0 BJ_END_MASS k0 0/0 #1 BJ_END_MASS|c2 0/0 BJ_END_MASS k0 0/0 #1 BJ_END_MASS|"
     "c3 0/0 BJ_END_MASS k0 0/0 #1 BJ_END_MASS|q0 0/0 BJ_REJ_FIELD"},
    {"a lost session: only what was marked",
     "new 1 1 1 1 B 1 8000 L D 2;new 1 1 1 2 B 1 8000 L D;dis 1",
     "a1 1/0|a2 1/0|c1 0/0 BJ_END_DISCONNECT k0 0/0 #1 BJ_END_DISCONNECT"},
    /* --- administration */
    {"an instrument keeps its state when defined again",
     "state 1 2;inst 1 5 1 8000 12000 9",
     "i0 0/0 #2|i0 0/0 #2"},
    {"definitions that are none",
     "inst 1 0 1 8000 12000 9;inst 1 5 0 8000 12000 9;inst 1 5 1 0 12000 9;inst 1 5 1 8000 8000 9;"
     "inst 1 5 1 8000 12000 0;inst 0 5 1 8000 12000 9;inst 3 5 1 8000 12000 9;"
     "inst 4 5 1 8000 12000 9",
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|"
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|i0 0/0 #1|q0 0/0 BJ_ERR_FULL"},
    {"states that are none",
     "state 9 1;state 0 1;state 1 3",
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_FIELD"},
    {"accounts that are none",
     "acct 0 1 1 1 1 0;acct 1 -1 1 1 1 0;acct 1 1 -1 1 1 0;acct 1 1 1 -1 1 0;acct 1 1 1 1 1 2;"
     "acct 4 1 1 1 1 0;acct 5 1 1 1 1 0",
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|"
     "q0 0/0 BJ_REJ_FIELD|u0 0/0|q0 0/0 BJ_ERR_FULL"},
    {"a type nobody knows; a session nobody can have",
     "what;new 1024 1 1 1 B 1 8000 L D",
     "q0 0/0 BJ_ERR_UNKNOWN_TYPE|q0 0/0 BJ_REJ_NOT_PERMITTED"},
};

static const bj_engine_config_t config = {.instrument_max = 3, .account_max = 4, .order_max = 8,
                                          .message_rate_per_s = 100, .message_burst = 20};

typedef struct world {
    void        *mem;
    bj_engine_t *engine;
    int64_t      now_ms;
} world_t;

/* --- reading a command */

static uint8_t type_of(char letter) {
    return letter == 'L' ? BJ_LIMIT : letter == 'M' ? BJ_MARKET : 9;
}
static uint8_t tif_of(char letter) { return letter == 'D' ? BJ_DAY : letter == 'I' ? BJ_IOC : 9; }

static bool read_order_command(const char *line, bj_cmd_t *cmd) {
    char side, type, tif;
    unsigned session, flags = 0;
    if (sscanf(line, "new %u %u %u %lu %c %d %d %c %c %u", &session, &cmd->account_id, &cmd->token,
               &cmd->client_order_id, &side, &cmd->qty, &cmd->price_paise, &type, &tif,
               &flags) >= 9) {
        cmd->type = BJ_CMD_NEW;
        cmd->side = (uint8_t)side, cmd->order_type = type_of(type), cmd->tif = tif_of(tif);
        cmd->flags = (uint8_t)flags;
    } else if (sscanf(line, "mod %u %u %lu %d %d", &session, &cmd->account_id, &cmd->order_id,
                      &cmd->qty, &cmd->price_paise) == 5) {
        cmd->type = BJ_CMD_MODIFY;
    } else if (sscanf(line, "can %u %u %lu", &session, &cmd->account_id, &cmd->order_id) == 3) {
        cmd->type = BJ_CMD_CANCEL;
    } else if (sscanf(line, "mass %u %u %u %c", &session, &cmd->account_id, &cmd->token, &side) ==
               4) {
        cmd->type = BJ_CMD_MASS_CANCEL;
        cmd->side = side == '-' ? 0 : (uint8_t)side;
    } else if (sscanf(line, "dis %u", &session) == 1) {
        cmd->type = BJ_CMD_DISCONNECT;
    } else {
        return false;
    }
    cmd->session_id = (uint16_t)session;
    return true;
}

static void read_command(const char *line, bj_cmd_t *cmd) {
    bj_cmd_instrument_t *i = &cmd->body.instrument;
    bj_cmd_account_t *a = &cmd->body.account;
    *cmd = (bj_cmd_t){.type = 99};
    if (read_order_command(line, cmd)) return;
    if (sscanf(line, "state %u %u", &cmd->token, &cmd->body.state) == 2) {
        cmd->type = BJ_CMD_INSTRUMENT_STATE;
    } else if (sscanf(line, "inst %u %d %d %d %d %d", &cmd->token, &i->tick_paise, &i->lot_qty,
                      &i->band_lo_paise, &i->band_hi_paise, &i->freeze_qty) == 6) {
        cmd->type = BJ_CMD_INSTRUMENT;
        (void)snprintf(i->symbol, sizeof i->symbol, "TOKEN%u", cmd->token);
        i->prev_close_paise = 10000;
    } else if (sscanf(line, "acct %u %ld %ld %ld %u %u", &cmd->account_id,
                      &a->order_value_max_paise, &a->open_value_max_paise, &a->position_max_qty,
                      &a->open_orders_max, &a->blocked) == 6) {
        cmd->type = BJ_CMD_ACCOUNT;
    }
}

/* --- writing an event */

static size_t show(const bj_event_t *e, char *out, size_t out_bytes) {
    static const char letters[] = {
#define X(name, value, letter, text) [value] = letter,
        BJ_EVENT_LIST(X)
#undef X
    };
    size_t n = (size_t)snprintf(out, out_bytes, "%c%lu %d/%d", letters[e->type], e->order_id,
                                e->leaves_qty, e->cum_qty);
    if (e->last_qty) {
        n += (size_t)snprintf(out + n, out_bytes - n, "@%dx%d%s", e->last_price_paise, e->last_qty,
                              e->flags & BJ_FLAG_MAKER ? "m" : "");
    }
    if (e->value) n += (size_t)snprintf(out + n, out_bytes - n, " #%u", e->value);
    if (e->reason)
        n +=
            (size_t)snprintf(out + n, out_bytes - n, " %s", bj_status_name((bj_status_t)e->reason));
    return n;
}

/* What every event must say, whatever it is: numbers without holes, the sender's sequence where
 * asked. */
static void check_common(const bj_event_t *events, size_t event_cnt, const bj_cmd_t *cmd,
                         uint64_t first_seq) {
    for (size_t i = 0; i < event_cnt; i++) {
        const bj_event_t *e = &events[i];
        bool unasked = (e->type == BJ_EV_TRADE && (e->flags & BJ_FLAG_MAKER)) ||
                       e->reason == BJ_END_SELF_TRADE || e->reason == BJ_END_DISCONNECT;
        BJ_CHECK(e->seq == first_seq + i && e->cmd_seq == cmd->seq && e->time_ns == cmd->time_ns);
        BJ_CHECK(unasked ||
                 (e->session_id == cmd->session_id && e->session_seq == cmd->session_seq));
        if (unasked && e->type != BJ_EV_MASS_DONE) BJ_CHECK(e->session_seq == 0);
    }
}

static size_t run_line(world_t *world, const char *line, char *out, size_t out_bytes) {
    bj_cmd_t cmd;
    read_command(line, &cmd);
    bj_engine_stats_t before = bj_engine_stats(world->engine);
    cmd.time_ns = INT64_C(1700000000000000000) + world->now_ms * 1000000;
    cmd.session_seq = 1000 + before.cmd_seq;
    size_t event_cnt, n = 0;
    const bj_event_t *events = bj_engine_apply(world->engine, &cmd, &event_cnt);
    BJ_CHECK(events && event_cnt > 0);
    check_common(events, event_cnt, &cmd, before.event_seq + 1);
    for (size_t i = 0; i < event_cnt; i++) {
        if (i) out[n++] = ' ';
        n += show(&events[i], out + n, out_bytes - n);
    }
    const char *why = bj_engine_broken(world->engine);
    BJ_CHECK(!why);
    if (why) fprintf(stderr, "  %s after: %s\n", why, line);
    return n;
}

/* Each line's events, joined by '|'. */
static void run_script(world_t *world, const char *script, char *out, size_t out_bytes) {
    char lines[4096], *save = NULL;
    size_t n = 0;
    (void)snprintf(lines, sizeof lines, "%s", script);
    for (char *line = strtok_r(lines, ";", &save); line; line = strtok_r(NULL, ";", &save)) {
        int wait_ms;
        if (sscanf(line, "wait %d", &wait_ms) == 1) {
            world->now_ms += wait_ms;
            continue;
        }
        if (n) out[n++] = '|';
        n += run_line(world, line, out + n, out_bytes - n);
    }
    out[n] = 0;
}

static world_t world_new(void) {
    char out[4096];
    world_t world = {.mem = aligned_alloc(64, bj_engine_footprint(&config))};
    world.engine = bj_engine_new(world.mem, &config);
    run_script(&world, "inst 1 5 1 8000 12000 1000;inst 2 5 10 8000 12000 1000;"
               "acct 1 100000000 1000000000 5000 10 0;acct 2 100000000 1000000000 5000 10 0;"
               "acct 3 100000000 1000000000 5000 10 0", out, sizeof out);
    BJ_CHECK(strcmp(out, "i0 0/0 #1|i0 0/0 #1|u0 0/0|u0 0/0|u0 0/0") == 0);
    return world;
}

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char out[4096];
        unsigned fails = bj_fail_cnt;
        world_t world = world_new();
        run_script(&world, cases[i].script, out, sizeof out);
        BJ_CHECK(strcmp(out, cases[i].want) == 0);
        if (bj_fail_cnt != fails) {
            fprintf(stderr, "  in case: %s\n  got  %s\n  want %s\n", cases[i].name, out,
                    cases[i].want);
        }
        free(world.mem);
    }
}

static void test_sequence_and_looks(void) {
    world_t world = world_new();
    bj_cmd_t cmd = {.type = BJ_CMD_DISCONNECT, .session_id = 3, .session_seq = 41, .seq = 7};
    size_t event_cnt = 9;
    uint64_t hash = bj_engine_hash(world.engine);
    BJ_CHECK(!bj_engine_apply(world.engine, &cmd, &event_cnt) && event_cnt == 0);
    BJ_CHECK(bj_engine_hash(world.engine) == hash);
    cmd.seq = 6;
    BJ_CHECK(bj_engine_apply(world.engine, &cmd, &event_cnt) && event_cnt == 1);
    BJ_CHECK(bj_engine_hash(world.engine) != hash);
    BJ_CHECK(bj_engine_session_seq(world.engine, 3) == 41);
    cmd = (bj_cmd_t){.type = BJ_CMD_DISCONNECT, .session_id = 3, .session_seq = 40};
    BJ_CHECK(bj_engine_apply(world.engine, &cmd, &event_cnt) && cmd.seq == 7);
    BJ_CHECK(bj_engine_session_seq(world.engine, 3) == 41 &&
             bj_engine_session_seq(world.engine, 4) == 0);
    BJ_CHECK(bj_engine_session_seq(world.engine, UINT16_MAX) == 0);

    bj_cmd_instrument_t instrument;
    bj_instrument_state_t state;
    BJ_CHECK(bj_engine_instrument(world.engine, 2, &instrument, &state));
    BJ_CHECK(instrument.lot_qty == 10 && state == BJ_STATE_OPEN);
    BJ_CHECK(!bj_engine_instrument(world.engine, 9, &instrument, &state));
    BJ_CHECK(!bj_engine_instrument(world.engine, 0, &instrument, &state));
    cmd = (bj_cmd_t){.type = BJ_CMD_CANCEL, .session_id = 1, .account_id = 1, .order_id = 5};
    BJ_CHECK(bj_engine_apply(world.engine, &cmd, &event_cnt));
    BJ_CHECK(bj_engine_refused(world.engine, BJ_REJ_ORDER_UNKNOWN) == 1);
    BJ_CHECK(bj_engine_refused(world.engine, BJ_REJ_TICK) == 0);
    free(world.mem);
}

static void test_shapes(void) {
    static const struct { bj_engine_config_t config; bool ok; } shapes[] = {
        {{1, 1, 1, 0, 0}, true},          {{0, 1, 1, 0, 0}, false}, {{1, 0, 1, 0, 0}, false},
        {{1, 1, 0, 0, 0}, false},         {{1, 1, 1u << 31, 0, 0}, false},
        {{65536, 1u << 20, 1, 0, 0}, false}, {{1, 1, 1, 2000000000, 1}, false},
    };
    for (size_t i = 0; i < BJ_COUNT(shapes); i++) {
        BJ_CHECK((bj_engine_footprint(&shapes[i].config) > 0) == shapes[i].ok);
        if (!shapes[i].ok) BJ_CHECK(!bj_engine_new(NULL, &shapes[i].config));
    }
}

int main(void) {
    test_cases();
    test_sequence_and_looks();
    test_shapes();
    return bj_test_end("test_bj_engine");
}
