#ifndef TEST_BJ_ENGINE_CASES_H
#define TEST_BJ_ENGINE_CASES_H

/* The engine's rules as lines one can read, for test_bj_engine.c: commands, and the events they
 * must give.
 *
 * Commands   new SESSION ACCOUNT TOKEN CLIENT_ID B|S QTY PRICE L|M|s|m D|I|G|C [FLAGS [TRIGGER
 *                [DISCLOSED [DAY]]]]             s, m: stops; G, C: good till DAY, till cancelled
 *            mod SESSION ACCOUNT ORDER QTY PRICE [TRIGGER DISCLOSED [L|M|- D|I|G|C|- [DAY]]]
 *            can SESSION ACCOUNT ORDER               mass SESSION ACCOUNT TOKEN B|S|-
 *            dis SESSION [0 marked|1 all|2 never]    kill ACCOUNT DESK TOKEN B|S|- [!]  !: block
 *            lim LEVEL WORD VALUE ACCOUNT [DESK TOKEN]   1 account, 2 desk, 3 member, 4 instrument
 *            state TOKEN STATE                       phase TOKEN PHASE [AUCTION REFERENCE BAND_BP]
 *            uncross TOKEN PHASE [MARKET_FIRST REFERENCE]    band TOKEN LO HI
 *            window TOKEN                            day DAY                wait MILLISECONDS
 *            inst TOKEN TICK LOT LO HI FREEZE [RULES PROTECTION_BP PROTECTION_MIN DISCLOSED_PCT]
 *            rel ORDER                               one ..., two ...: by one person, by two
 *            acct ID ORDER_VALUE OPEN_VALUE POSITION OPEN_ORDERS BLOCKED [PAN_KEY [FIRST]]
 * Events     letter ORDER leaves/cum, then what is not 0: @PRICExQTY of a trade or an auction, `m`
 * if it was resting, `a` in an auction, `d` if for delivery, =PRICE of an instrument's event,
 * ^TRIGGER, /DISCLOSED, #VALUE, `~` if unasked for (but for fills of makers and such), and the
 * reason's name; of what wants a second person, !VALUE in force or =PRICE, the band's lower end;
 * of a phase for all, halted/closed ones that it would open.
 * The world before each case: token 1 (tick 5, lot 1, band 8000..12000, freeze 1000), token 2 (lot
 * 10), accounts 1 to 3 with limits of 10^8, 10^9, 5000 shares, 10 orders.
 * Phases     0 closed, 1 continuous, 2 halted, 3 auction, 4 auction of limits, 5 buffer, 6 after
 * the close.
 * Auctions   1 open, 2 resume, 3 close. */

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
     "a1 1/0|i0 0/0 <10000 #1|a2 3/0 c2 0/0 BJ_END_PROTECTION"},
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
    {"closed", "state 1 0;new 1 1 1 1 B 1 1 L D", "i0 0/0 =10000|r1 0/0 BJ_REJ_SESSION_CLOSED"},
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
     "new 1 1 1 0 B 1 10000 L D;new 1 1 1 1 B 1 10000 L D 16",
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
     "u0 0/0|i0 0/0 <10000 #1|a1 2147483647/0|a2 2147483647/0|r3 0/0 BJ_ERR_OVERFLOW"},
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
    {"a lost session: none, all, and what no setting is goes by the marks",
     "new 1 1 1 1 B 1 8000 L D 2;new 1 1 1 2 B 1 8000 L D;new 2 1 1 3 B 1 8000 L D;dis 1 2;"
     "dis 1 3;dis 1 1;dis 1 1",
     "a1 1/0|a2 1/0|a3 1/0|k0 0/0 BJ_END_DISCONNECT|"
     "c1 0/0 BJ_END_DISCONNECT k0 0/0 #1 BJ_END_DISCONNECT|"
     "c2 0/0 BJ_END_DISCONNECT k0 0/0 #1 BJ_END_DISCONNECT|k0 0/0 BJ_END_DISCONNECT"},
    /* --- stops */
    {"a buy stop wakes when a trade reaches it, and takes",
     "new 1 1 1 1 B 5 10100 s D 0 10050;new 2 2 1 1 S 3 10050 L D;new 2 2 1 2 S 9 10060 L D;"
     "new 3 3 1 1 B 3 10050 L D",
     "a1 5/0 ^10050|a2 3/0|a3 9/0|a4 3/0 t2 0/3@10050x3m t4 0/3@10050x3 w1 5/0 ^10050 ~ "
     "t3 4/5@10060x5m t1 0/5@10060x5 ^10050 ~"},
    {"a sell stop wakes and rests with its limit",
     "new 1 1 1 1 S 5 9900 s D 0 9950;new 2 2 1 1 B 3 9950 L D;new 3 3 1 1 S 3 9950 L D;"
     "new 2 2 1 2 B 2 9900 L D",
     "a1 5/0 ^9950|a2 3/0|a3 3/0 t2 0/3@9950x3m t3 0/3@9950x3 w1 5/0 ^9950 ~|"
     "a4 2/0 t1 3/2@9900x2m ^9950 t4 0/2@9900x2"},
    {"a stop whose trigger the last price has reached wakes at once, and that is its answer",
     "new 2 2 1 1 S 3 10000 L D;new 3 3 1 1 B 3 10000 L D;new 1 1 1 1 B 5 10050 s D 0 9990",
     "a1 3/0|a2 3/0 t1 0/3@10000x3m t2 0/3@10000x3|a3 5/0 ^9990 w3 5/0 ^9990"},
    {"a market stop takes inside its protection and what is left ends",
     "inst 1 5 1 8000 12000 1000 0 100 0 0;new 1 1 1 1 B 5 0 m D 0 10050;new 2 2 1 1 S 2 10050 L D;"
     "new 2 2 1 2 S 2 10100 L D;new 2 2 1 3 S 2 10200 L D;new 3 3 1 1 B 2 10050 L D",
     "i0 0/0 <10000 #1|a1 5/0 ^10050|a2 2/0|a3 2/0|a4 2/0|a5 2/0 t2 0/2@10050x2m t5 0/2@10050x2 "
     "w1 5/0 ^10050 ~ t3 0/2@10100x2m t1 3/2@10100x2 ^10050 ~ c1 0/2 ^10050 ~ BJ_END_PROTECTION"},
    {"an IOC stop waits, and ends when it finds nobody",
     "new 1 1 1 1 B 5 10100 s I 0 10050;new 2 2 1 1 S 3 10050 L D;new 3 3 1 1 B 3 10050 L D",
     "a1 5/0 ^10050|a2 3/0|a3 3/0 t2 0/3@10050x3m t3 0/3@10050x3 w1 5/0 ^10050 ~ "
     "c1 0/0 ^10050 ~ BJ_END_IOC"},
    {"what a stop must be",
     "new 1 1 1 1 B 5 10100 s D;new 1 1 1 1 B 5 10100 L D 0 10050;new 1 1 1 1 B 5 10100 s D 0 -5;"
     "new 1 1 1 1 B 5 10100 s D 0 10051;new 1 1 1 1 B 5 10100 s D 0 12005;"
     "new 1 1 1 1 B 5 10100 s D 0 10105;new 1 1 1 1 B 5 10100 m D 0 10050;"
     "new 1 1 1 1 S 5 10100 s D 0 10050;inst 1 5 1 8000 12000 1000 2;new 1 1 1 1 B 5 0 m D 0 10050",
     "r1 0/0 BJ_REJ_FIELD|r2 0/0 ^10050 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|"
     "r3 0/0 ^10051 BJ_REJ_TICK|r4 0/0 ^12005 BJ_REJ_PRICE_BAND|r5 0/0 ^10105 BJ_REJ_TRIGGER|"
     "r6 0/0 ^10050 BJ_REJ_PRICE|r7 0/0 ^10050 BJ_REJ_TRIGGER|i0 0/0 <10000 #1|"
     "r8 0/0 ^10050 BJ_REJ_TRIGGER"},
    {"a waiting stop is edited; without a trigger it is a plain order",
     "new 1 1 1 1 B 5 10100 s D 0 10050;mod 1 1 1 4 10100 10050 0;mod 1 1 1 4 10100 10060 0;"
     "mod 1 1 1 4 10100 10060 0;mod 1 1 1 4 10100 10200 0;mod 1 1 1 4 10100 10063 0;"
     "new 2 2 1 1 S 1 10070 L D;mod 1 1 1 4 10100 0 0",
     "a1 5/0 ^10050|m1 4/0 ^10050|m1 4/0 ^10060|q1 4/0 ^10060 BJ_REJ_UNCHANGED|"
     "q1 4/0 ^10060 BJ_REJ_TRIGGER|q1 4/0 ^10060 BJ_REJ_TICK|a2 1/0|"
     "m1 4/0 t2 0/1@10070x1m t1 3/1@10070x1"},
    {"a stop that has woken remembers its trigger and has no other",
     "new 2 2 1 1 S 3 10000 L D;new 3 3 1 1 B 3 10000 L D;new 1 1 1 1 B 5 10050 s D 0 9990;"
     "mod 1 1 3 4 10050 9990 0;mod 1 1 3 3 10050 0 0;mod 1 1 3 2 10050 9985 0;"
     "mod 1 1 3 3 10050 0 0",
     "a1 3/0|a2 3/0 t1 0/3@10000x3m t2 0/3@10000x3|a3 5/0 ^9990 w3 5/0 ^9990|m3 4/0 ^9990|"
     "m3 3/0 ^9990|q3 3/0 ^9990 BJ_REJ_MODIFY|q3 3/0 ^9990 BJ_REJ_UNCHANGED"},
    {"a waiting stop counts: a limit stop at its limit, a market stop at the band's end",
     "acct 1 119999 150000 5000 10 0;new 1 1 1 1 B 12 10000 s D 0 9990;"
     "new 1 1 1 2 B 10 0 m D 0 9990;"
     "new 1 1 1 3 B 9 0 m D 0 9990;new 1 1 1 4 B 5 10000 s D 0 9990;can 1 1 3;"
     "new 1 1 1 5 B 5 10000 s D 0 9990",
     "u0 0/0|r1 0/0 ^9990 BJ_REJ_ORDER_VALUE|r2 0/0 ^9990 BJ_REJ_ORDER_VALUE|a3 9/0 ^9990|"
     "r4 0/0 ^9990 BJ_REJ_OPEN_VALUE|c3 0/0 ^9990 BJ_END_USER|a5 5/0 ^9990"},
    {"stops wake in a line; what they take of the command's own order is a maker's fill",
     "new 1 1 1 1 B 2 10100 s D 0 10000;new 3 3 1 2 S 3 9900 s D 0 10200;new 1 1 1 3 S 2 10000 L D;"
     "new 2 2 1 2 B 6 10000 L D",
     "a1 2/0 ^10000|a2 3/0 ^10200|a3 2/0|a4 6/0 t3 0/2@10000x2m t4 4/2@10000x2 w1 2/0 ^10000 ~ "
     "w2 3/0 ^10200 ~ t1 0/2@10100x2m ^10000 t2 1/2@10100x2 ^10200 ~ t4 3/3@10000x1m "
     "t2 0/3@10000x1 ^10200 ~"},
    {"and so is its cancel, when a stop of its own account comes",
     "new 1 1 1 1 B 2 10100 s D 0 10000;new 3 3 1 2 S 3 9900 s D 0 10200;new 2 2 1 1 S 2 10000 L D;"
     "new 3 3 1 3 B 6 10000 L D",
     "a1 2/0 ^10000|a2 3/0 ^10200|a3 2/0|a4 6/0 t3 0/2@10000x2m t4 4/2@10000x2 w1 2/0 ^10000 ~ "
     "w2 3/0 ^10200 ~ t1 0/2@10100x2m ^10000 t2 1/2@10100x2 ^10200 ~ c4 0/2 BJ_END_SELF_TRADE"},
    /* --- disclosed quantity */
    {"slices, each to the back of its price",
     "new 1 1 1 1 S 9 10000 L D 0 0 3;new 2 2 1 1 S 2 10000 L D;new 3 3 1 1 B 7 10000 L D;"
     "mod 1 1 1 9 10000 0 2",
     "a1 9/0 /3|a2 2/0|a3 7/0 t1 6/3@10000x3m /3 t3 4/3@10000x3 t2 0/2@10000x2m t3 2/5@10000x2 "
     "t1 4/5@10000x2m /3 t3 0/7@10000x2|m1 4/5 /2"},
    {"what may be disclosed",
     "new 1 1 1 1 S 9 10000 L D 0 0 10;new 1 1 1 1 S 9 10000 L D 0 0 -1;"
     "new 1 1 1 1 S 51 10000 L D 0 0 1;inst 1 5 1 8000 12000 1000 0 0 0 40;"
     "new 1 1 1 1 S 9 10000 L D 0 0 3;new 1 1 1 1 S 9 10000 L D 0 0 4;mod 1 1 4 9 10000 0 3;"
     "new 1 1 2 1 S 30 10000 L D 0 0 15",
     "r1 0/0 /10 BJ_REJ_DISCLOSED|q0 0/0 BJ_REJ_FIELD|r2 0/0 /1 BJ_REJ_DISCLOSED|i0 0/0 <10000 #1|"
     "r3 0/0 /3 BJ_REJ_DISCLOSED|a4 9/0 /4|q4 9/0 /4 BJ_REJ_DISCLOSED|r5 0/0 /15 BJ_REJ_LOT"},
    {"as many slices as the engine has orders, in all",
     "new 1 1 1 1 S 5 10000 L D 0 0 1;new 1 1 1 2 S 4 10000 L D 0 0 1;"
     "new 1 1 1 3 S 6 10000 L D 0 0 2;"
     "mod 1 1 1 6 10000 0 1;mod 1 1 1 4 10000 0 1;mod 1 1 1 5 10000 0 1;can 1 1 1;"
     "new 1 1 1 4 S 5 10000 L D 0 0 1",
     "a1 5/0 /1|r2 0/0 /1 BJ_REJ_ENGINE_FULL|a3 6/0 /2|q1 5/0 /1 BJ_REJ_ENGINE_FULL|m1 4/0 /1|"
     "m1 5/0 /1|c1 0/0 /1 BJ_END_USER|a4 5/0 /1"},
    /* --- whose money */
    {"accounts of one PAN do not trade with each other",
     "acct 1 100000000 1000000000 5000 10 0 77;acct 2 100000000 1000000000 5000 10 0 77;"
     "new 1 1 1 1 S 5 10000 L D;new 2 2 1 1 B 5 10000 L D;new 3 3 1 1 S 5 10000 L D",
     "u0 0/0|u0 0/0|a1 5/0|a2 5/0 c1 0/0 BJ_END_SELF_TRADE|"
     "a3 5/0 t2 0/5@10000x5m t3 0/5@10000x5"},
    {"the active order ends if it says so",
     "new 1 1 1 1 S 5 10000 L D;new 2 2 1 1 S 5 9995 L D;new 1 1 1 2 B 9 10000 L D 4",
     "a1 5/0|a2 5/0|a3 9/0 t2 0/5@9995x5m t3 4/5@9995x5 c3 0/5 BJ_END_SELF_TRADE"},
    {"trade for delivery only: no intraday orders, and fills say so",
     "new 1 1 1 1 S 5 10000 L D 8;can 1 1 1;inst 1 5 1 8000 12000 1000 1;"
     "new 1 1 1 1 S 5 10000 L D 8;"
     "new 1 1 1 1 S 5 10000 L D;new 2 2 1 1 B 5 10000 L D",
     "a1 5/0|c1 0/0 BJ_END_USER|i0 0/0 <10000 #1|r2 0/0 BJ_REJ_TRADE_TO_TRADE|a3 5/0|"
     "a4 5/0 t3 0/5@10000x5md t4 0/5@10000x5d"},
    /* --- validity over days */
    {"good till a day, till cancelled: only where they are taken",
     "new 1 1 1 1 B 5 9000 L G 0 0 0 20000;new 1 1 1 1 B 5 9000 L C;inst 1 5 1 8000 12000 1000 16;"
     "new 1 1 1 1 B 5 9000 L G 0 0 0 20001;new 1 1 1 2 B 5 9000 L C;new 1 1 1 3 B 5 9000 L D;"
     "new 1 1 1 4 B 5 9000 L G;new 1 1 1 4 B 5 9000 L G 0 0 0 65536;day 20000;"
     "new 1 1 1 4 B 5 9000 L D;state 1 1;new 1 1 1 4 B 5 9000 L G 0 0 0 20000;day 20001;day 20001;"
     "day 65536",
     "r1 0/0 #20000 BJ_REJ_TIF|r2 0/0 BJ_REJ_TIF|i0 0/0 <10000 #1|a3 5/0 #20001|a4 5/0|a5 5/0|"
     "r6 0/0 BJ_REJ_FIELD|r7 0/0 #65536 BJ_REJ_FIELD|"
     "c5 0/0 ~ BJ_END_DAY i0 0/0 i0 0/0 k0 0/0 #1 BJ_END_DAY|r8 0/0 BJ_REJ_SESSION_CLOSED|"
     "i0 0/0 #1|"
     "r9 0/0 #20000 BJ_REJ_TIF|c3 0/0 #20001 ~ BJ_END_EXPIRED i0 0/0 k0 0/0 #1 BJ_END_DAY|"
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD"},
    {"a modify may change validity",
     "inst 1 5 1 8000 12000 1000 16;new 1 1 1 1 B 5 9000 L D;mod 1 1 1 5 9000 0 0 - G 20005;"
     "mod 1 1 1 5 9000 0 0 - - ;mod 1 1 1 5 9000 0 0 - C;mod 1 1 1 5 9000 0 0 - G;"
     "new 2 2 1 1 S 9 9000 L D;mod 2 2 2 8 8990 0 0 - I",
     "i0 0/0 <10000 #1|a1 5/0|m1 5/0 #20005|q1 5/0 #20005 BJ_REJ_UNCHANGED|m1 5/0|"
     "q1 5/0 BJ_REJ_FIELD|a2 9/0 t1 0/5@9000x5m t2 4/5@9000x5|m2 3/5 c2 0/5 BJ_END_IOC"},
    /* --- phases and auctions */
    {"an opening auction: buyer first, nobody the maker, what is left goes on",
     "phase 1 3 1;new 1 1 1 1 B 5 10100 L D;new 2 2 1 1 S 3 9900 L D;new 3 3 1 1 S 4 0 M D;"
     "uncross 1 1;can 3 3 3",
     "i0 0/0 =10000 #3|a1 5/0|a2 3/0|a3 4/0|t1 2/3@10000x3a t2 0/3@10000x3a t1 0/5@10000x2a "
     "t3 2/2@10000x2a m3 2/2 ~ e0 0/0@10000x5 #1 i0 0/0 #1|c3 0/2 BJ_END_USER"},
    {"what an auction does not take",
     "phase 1 3 1;new 1 1 1 1 B 5 10100 L I;new 1 1 1 1 B 5 10100 s D 0 10000;"
     "new 1 1 1 1 B 5 10100 L D 0 0 2;new 1 1 1 1 B 5 0 M D;phase 1 4;new 1 1 1 2 B 5 0 M D;"
     "can 1 1 4;mass 1 0 0 -;dis 1;mod 1 1 4 6 0;phase 1 3;mod 1 1 4 6 0;can 1 1 4",
     "i0 0/0 =10000 #3|r1 0/0 BJ_REJ_PHASE|r2 0/0 ^10000 BJ_REJ_PHASE|r3 0/0 /2 BJ_REJ_PHASE|"
     "a4 5/0|i0 0/0 =10000 #4|r5 0/0 BJ_REJ_PHASE|q4 5/0 BJ_REJ_PHASE|"
     "q4 5/0 BJ_REJ_PHASE k0 0/0 BJ_END_MASS|k0 0/0 BJ_END_DISCONNECT|q4 5/0 BJ_REJ_PHASE|"
     "i0 0/0 =10000 #3|m4 6/0|c4 0/0 BJ_END_USER"},
    {"an auction's own band, and a market order counted at its upper end",
     "phase 1 3 2 11000 200;new 1 1 1 1 B 5 10700 L D;new 1 1 1 1 B 5 11300 L D;"
     "acct 1 112199 1000000000 5000 10 0;new 1 1 1 1 S 10 0 M D;acct 1 112200 1000000000 5000 10 0;"
     "new 1 1 1 1 S 10 0 M D;phase 1 1;can 1 1 4",
     "i0 0/0 =11000 #3|r1 0/0 BJ_REJ_PRICE_BAND|r2 0/0 BJ_REJ_PRICE_BAND|u0 0/0|"
     "r3 0/0 BJ_REJ_ORDER_VALUE|u0 0/0|a4 10/0|m4 10/0 ~ e0 0/0 #2 i0 0/0 #1|"
     "c4 0/0 BJ_END_USER"},
    {"limit to market in an auction and back",
     "phase 1 3 1;new 1 1 1 1 B 5 9000 L D;mod 1 1 1 5 0 0 0 M -;mod 1 1 1 5 0;"
     "mod 1 1 1 5 9000 0 0 L -",
     "i0 0/0 =10000 #3|a1 5/0|m1 5/0|q1 5/0 BJ_REJ_UNCHANGED|m1 5/0"},
    {"a closing auction: the closing price, and DAY orders end",
     "inst 1 5 1 8000 12000 1000 16;new 1 1 1 1 B 5 9000 L C;phase 1 3 3;new 2 2 1 1 B 5 10100 L D;"
     "new 3 3 1 1 S 4 10050 L D;uncross 1 6",
     "i0 0/0 <10000 #1|a1 5/0|i0 0/0 =10000 #3|a2 5/0|a3 4/0|t2 1/4@10050x4a t3 0/4@10050x4a "
     "c2 0/4 ~ BJ_END_AUCTION e0 0/0@10050x4 =10050 #3 i0 0/0 =10050 #6"},
    {"after the close: the closing price alone, first in first out; the queue ends with it",
     "phase 1 6 0 10005;new 1 1 1 1 B 5 10000 L D;new 1 1 1 1 B 5 10005 L D;new 2 2 1 1 S 3 0 M D;"
     "new 2 2 1 2 S 4 0 M D;mod 2 2 4 1 10005;phase 1 0",
     "i0 0/0 =10005 #6|r1 0/0 BJ_REJ_CLOSING_PRICE|a2 5/0|a3 3/0 t2 2/3@10005x3m t3 0/3@10005x3|"
     "a4 4/0 t2 0/5@10005x2m t4 2/2@10005x2|q4 2/2 BJ_REJ_LEAVES|"
     "c4 0/2 ~ BJ_END_DAY i0 0/0 =10005"},
    {"the buffer takes nothing and lets nothing go, but a kill",
     "new 1 1 1 1 B 5 9000 L D 2;phase 1 5;new 1 1 1 2 B 5 9000 L D;mod 1 1 1 4 9000;can 1 1 1;"
     "mass 1 0 0 -;dis 1;kill 0 0 0 -",
     "a1 5/0|i0 0/0 #5|r2 0/0 BJ_REJ_PHASE|q1 5/0 BJ_REJ_PHASE|q1 5/0 BJ_REJ_PHASE|"
     "q1 5/0 BJ_REJ_PHASE k0 0/0 BJ_END_MASS|q1 5/0 BJ_REJ_PHASE k0 0/0 BJ_END_DISCONNECT|"
     "c1 0/0 ~ BJ_END_MASS k0 0/0 #1 BJ_END_MASS"},
    {"all instruments at once; a stop that the last price reached wakes with the phase",
     "new 2 2 1 1 S 3 10000 L D;new 3 3 1 1 B 3 10000 L D;new 1 1 1 1 B 5 10100 s D 0 10050;"
     "phase 0 3 1;new 2 2 1 2 S 3 10050 L D;new 3 3 1 2 B 3 10050 L D;phase 0 1",
     "a1 3/0|a2 3/0 t1 0/3@10000x3m t2 0/3@10000x3|a3 5/0 ^10050|"
     "i0 0/0 =10000 #3 i0 0/0 =10000 #3 k0 0/0 #2|a4 3/0|a5 3/0|"
     "t5 0/3@10050x3a t4 0/3@10050x3a e0 0/0@10050x3 #1 i0 0/0 #1 w3 5/0 ^10050 ~ "
     "e0 0/0 #1 i0 0/0 #1 k0 0/0 #2"},
    {"all to the end of auctions, those that have none passed over",
     "phase 2 3 1;uncross 0 1;uncross 0 1",
     "i0 0/0 =10000 #3|e0 0/0 #1 i0 0/0 #1 k0 0/0 #1|k0 0/0"},
    {"phases that are none",
     "phase 9 1;phase 1 7;phase 1 3;phase 1 3 4;phase 1 3 1 -5;phase 1 3 1 0 10001;uncross 1 1;"
     "uncross 9 1;phase 0 3;uncross 1 3;phase 1 3 1;phase 1 6;uncross 1 1 2",
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|"
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_PHASE|"
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_FIELD q0 0/0 BJ_REJ_FIELD k0 0/0 #2|"
     "q0 0/0 BJ_REJ_FIELD|i0 0/0 =10000 #3|q0 0/0 BJ_REJ_PHASE|q0 0/0 BJ_REJ_FIELD"},
    {"the window's average is the closing price",
     "new 1 1 1 1 S 5 10000 L D;new 2 2 1 1 B 1 10000 L D;window 1;new 1 1 1 2 S 5 9990 L D;"
     "new 2 2 1 2 B 6 10000 L D;window 0;window 9;phase 1 0",
     "a1 5/0|a2 1/0 t1 4/1@10000x1m t2 0/1@10000x1|k0 0/0|a3 5/0|"
     "a4 6/0 t3 0/5@9990x5m t4 1/5@9990x5 t1 3/2@10000x1m t4 0/6@10000x1|k0 0/0|"
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|i0 0/0 =10000"},
    /* --- bands */
    {"a new band: what lies outside ends, and it is the band from then on",
     "new 1 1 1 1 B 5 8500 L D;new 1 1 1 2 B 5 9500 L D;new 1 1 1 3 B 5 11000 s D 0 10500;"
     "band 1 9000 10400;new 1 1 1 4 B 5 10450 L D;new 1 1 1 5 B 5 9000 L D;mod 1 1 2 5 8995;"
     "new 1 1 1 6 S 5 9400 s D 0 10405;band 1 0 5;band 1 9 5;band 9 1 5;band 0 1 5",
     "a1 5/0|a2 5/0|a3 5/0 ^10500|b0 0/0@10400x0 =9000 c1 0/0 ~ BJ_END_BAND "
     "c3 0/0 ^10500 ~ BJ_END_BAND|r4 0/0 BJ_REJ_PRICE_BAND|a5 5/0|q2 5/0 BJ_REJ_PRICE_BAND|"
     "r6 0/0 ^10405 BJ_REJ_PRICE_BAND|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|"
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN"},
    {"a market order without a last price, where one is needed",
     "inst 1 5 1 8000 12000 1000 4;new 1 1 1 1 B 5 0 M D",
     "i0 0/0 <10000 #1|r1 0/0 BJ_REJ_NO_REFERENCE"},
    {"release is for orders at an exchange", "new 1 1 1 7 B 10 10000 L D;rel 1;can 1 1 1",
     "a1 10/0|q1 0/0 BJ_REJ_ORDER_UNKNOWN|c1 0/0 BJ_END_USER"},
    /* --- kill */
    {"by account, desk, instrument, side: everyone's",
     "new 1 1 1 1 B 1 8000 L D;new 1 2 1 1 B 1 8005 L D;new 2 1 2 2 B 10 8000 L D;"
     "new 2 1 1 3 S 1 9000 L D;kill 2 0 0 -;kill 0 2 0 S;kill 0 0 2 -;kill 0 0 9 -;kill 0 0 0 X;"
     "kill 0 0 0 -",
     "a1 1/0|a2 1/0|a3 10/0|a4 1/0|c2 0/0 ~ BJ_END_MASS k0 0/0 #1 BJ_END_MASS|"
     "c4 0/0 ~ BJ_END_MASS k0 0/0 #1 BJ_END_MASS|c3 0/0 ~ BJ_END_MASS k0 0/0 #1 BJ_END_MASS|"
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_FIELD|"
     "c1 0/0 ~ BJ_END_MASS k0 0/0 #1 BJ_END_MASS"},
    /* --- administration */
    {"an instrument keeps its state when defined again",
     "state 1 2;inst 1 5 1 8000 12000 9",
     "i0 0/0 #2|i0 0/0 <10000 #2"},
    {"definitions that are none",
     "inst 1 0 1 8000 12000 9;inst 1 5 0 8000 12000 9;inst 1 5 1 0 12000 9;inst 1 5 1 8000 8000 9;"
     "inst 1 5 1 8000 12000 0;inst 0 5 1 8000 12000 9;inst 3 5 1 8000 12000 9;"
     "inst 4 5 1 8000 12000 9;inst 1 5 1 8000 12000 9 32;inst 1 5 1 8000 12000 9 0 0 -1;"
     "inst 1 5 1 8000 12000 9 0 0 0 101",
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|"
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|i0 0/0 <10000 #1|q0 0/0 BJ_ERR_FULL|"
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD"},
    {"states that are none",
     "state 9 1;state 0 1;state 1 3",
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_FIELD"},
    {"accounts that are none",
     "acct 0 1 1 1 1 0;acct 1 -1 1 1 1 0;acct 1 1 -1 1 1 0;acct 1 1 1 -1 1 0;acct 1 1 1 1 1 2;"
     "acct 2147483648 1 1 1 1 0;acct 1 1 1 1 1 0 2147483648;acct 4 1 1 1 1 0;acct 5 1 1 1 1 0",
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|"
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|u0 0/0|q0 0/0 BJ_ERR_FULL"},
    {"a type nobody knows; a session nobody can have",
     "what;new 1024 1 1 1 B 1 8000 L D",
     "q0 0/0 BJ_ERR_UNKNOWN_TYPE|q0 0/0 BJ_REJ_NOT_PERMITTED"},
    /* --- limits, at each level */
    {"a quantity's limit, of an account, a desk, the member: the first that fails is the reason",
     "lim 3 order_qty 30 0;new 1 1 1 1 B 31 10000 L D;lim 2 order_qty 20 0 1;"
     "new 1 1 1 1 B 31 10000 L D;lim 1 order_qty 10 1;new 1 1 1 1 B 31 10000 L D;"
     "new 2 1 1 1 B 11 10000 L D;new 2 2 1 1 B 31 10000 L D;new 2 2 1 1 B 30 10000 L D",
     "g0 0/0 #196612|r1 0/0 BJ_REJ_MEMBER_ORDER_QTY|g0 0/0 #131076|r2 0/0 BJ_REJ_DESK_ORDER_QTY|"
     "g0 0/0 #65540|r3 0/0 BJ_REJ_ACCOUNT_ORDER_QTY|r4 0/0 BJ_REJ_ACCOUNT_ORDER_QTY|"
     "r5 0/0 BJ_REJ_MEMBER_ORDER_QTY|a6 30/0"},
    {"taken away again",
     "lim 1 order_qty 10 1;new 1 1 1 1 B 11 10000 L D;lim 1 order_qty -1 1;"
     "new 1 1 1 1 B 11 10000 L D",
     "g0 0/0 #65540|r1 0/0 BJ_REJ_ACCOUNT_ORDER_QTY|g0 0/0 #65540|a2 11/0"},
    {"segments: instrument 2 is FO",
     "lim 4 segment 1 0 0 2;lim 2 segments 1 0 1;new 1 1 2 1 B 10 10000 L D;"
     "new 2 1 2 1 B 10 10000 L D;new 1 1 1 2 B 10 10000 L D",
     "g0 0/0 #262176|g0 0/0 #131075|r1 0/0 BJ_REJ_DESK_SEGMENT|a2 10/0|a3 10/0"},
    {"barred in one instrument, or but for what brings the position down",
     "lim 1 barred 1 1 0 1;new 1 1 1 1 B 5 10000 L D;new 1 1 2 1 B 10 10000 L D;"
     "lim 1 barred -1 1 0 1;new 1 1 1 2 B 5 10000 L D;new 2 2 1 1 S 5 10000 L D;"
     "lim 1 barred 2 1 0 1;new 1 1 1 3 B 1 10000 L D;new 1 1 1 3 S 3 10100 L D;"
     "new 1 1 1 4 S 3 10100 L D;new 1 1 1 4 S 2 10100 L D",
     "g0 0/0 #65538|r1 0/0 BJ_REJ_ACCOUNT_BARRED|a2 10/0|g0 0/0 #65538|a3 5/0|"
     "a4 5/0 t3 0/5@10000x5m t4 0/5@10000x5|g0 0/0 #65538|r5 0/0 BJ_REJ_ACCOUNT_BARRED|a6 3/0|"
     "r7 0/0 BJ_REJ_ACCOUNT_BARRED|a8 2/0"},
    {"an instrument that is banned takes what brings a position down",
     "lim 4 banned 1 0 0 1;new 1 1 1 1 B 5 10000 L D",
     "g0 0/0 #262183|r1 0/0 BJ_REJ_BANNED"},
    {"limit price protection, not of stops and market orders",
     "lim 4 price_lo 9900 0 0 1;lim 4 price_hi 10100 0 0 1;new 1 1 1 1 B 5 9895 L D;"
     "new 1 1 1 1 S 5 10105 L D;new 1 1 1 1 B 5 9900 L D;new 2 2 1 1 S 1 9000 s D 0 9500;"
     "new 2 2 1 2 S 1 0 M D",
     "g0 0/0 #262181|g0 0/0 #262182|r1 0/0 BJ_REJ_PRICE_PROTECTION|"
     "r2 0/0 BJ_REJ_PRICE_PROTECTION|a3 5/0|a4 1/0 ^9500|"
     "a5 1/0 t3 4/1@9900x1m t5 0/1@9900x1"},
    {"protection by the average of half a minute's trades, from when it is over",
     "lim 4 protection_bp 100 0 0 1;new 1 1 1 1 B 1 10000 L D;new 2 2 1 1 S 1 10000 L D;"
     "new 1 1 1 2 B 3 10100 L D;new 2 2 1 2 S 3 10100 L D;new 1 1 1 3 B 1 9900 L D;wait 30000;"
     "new 1 1 1 4 B 1 9970 L D;new 1 1 1 5 B 1 9975 L D;new 2 2 1 6 S 1 10180 L D;"
     "lim 4 protection_min 200 0 0 1;new 2 2 1 6 S 1 10275 L D;new 2 2 1 7 S 1 10280 L D;"
     "wait 870000;new 2 2 1 8 S 1 10900 L D",
     "g0 0/0 #262185|a1 1/0|a2 1/0 t1 0/1@10000x1m t2 0/1@10000x1|a3 3/0|"
     "a4 3/0 t3 0/3@10100x3m t4 0/3@10100x3|a5 1/0|r6 0/0 BJ_REJ_PRICE_PROTECTION|a7 1/0|"
     "r8 0/0 BJ_REJ_PRICE_PROTECTION|g0 0/0 #262186|a9 1/0|r10 0/0 BJ_REJ_PRICE_PROTECTION|"
     "a11 1/0"},
    {"gross: bought, sold and open; a new day begins with what is held",
     "lim 1 gross_qty 20 1;new 1 1 1 1 B 10 10000 L D;new 2 2 1 1 S 10 10000 L D;"
     "new 1 1 1 2 S 5 10000 L D;new 2 2 1 2 B 5 10000 L D;new 1 1 1 3 B 6 10000 L D;"
     "new 1 1 1 3 B 5 10000 L D;can 1 1 5;day 20000;state 1 1;new 1 1 1 4 B 16 10000 L D;"
     "new 1 1 1 4 B 15 10000 L D",
     "g0 0/0 #65547|a1 10/0|a2 10/0 t1 0/10@10000x10m t2 0/10@10000x10|a3 5/0|"
     "a4 5/0 t3 0/5@10000x5m t4 0/5@10000x5|r5 0/0 BJ_REJ_ACCOUNT_GROSS|a6 5/0|"
     "q5 0/0 BJ_REJ_ORDER_UNKNOWN|c6 0/0 ~ BJ_END_DAY i0 0/0 i0 0/0 k0 0/0 #1 BJ_END_DAY|"
     "i0 0/0 #1|r7 0/0 BJ_REJ_ACCOUNT_GROSS|a8 15/0"},
    {"an underlying: a put bought is short of it",
     "lim 4 underlying 26000 0 0 1;lim 4 underlying 26000 0 0 2;lim 4 inverse 1 0 0 2;"
     "lim 1 underlying_net 10 1;new 1 1 1 1 B 10 10000 L D;new 1 1 2 2 S 10 10000 L D;"
     "new 1 1 2 2 B 10 10000 L D;new 1 1 1 3 S 10 10100 L D",
     "g0 0/0 #262177|g0 0/0 #262177|g0 0/0 #262178|g0 0/0 #65548|a1 10/0|"
     "r2 0/0 BJ_REJ_ACCOUNT_UNDERLYING_NET|a3 10/0|r4 0/0 BJ_REJ_ACCOUNT_UNDERLYING_NET"},
    {"margin: the worse side counts, and comes back with the order",
     "lim 4 margin_buy 100 0 0 1;lim 4 margin_sell 300 0 0 1;lim 1 margin 1000 1;"
     "new 1 1 1 1 B 10 10000 L D;new 1 1 1 2 B 1 10000 L D;new 1 1 1 2 S 3 10100 L D;"
     "new 1 1 1 3 S 1 10100 L D;can 1 1 1;new 1 1 1 4 B 10 10000 L D",
     "g0 0/0 #262179|g0 0/0 #262180|g0 0/0 #65550|a1 10/0|r2 0/0 BJ_REJ_ACCOUNT_MARGIN|a3 3/0|"
     "r4 0/0 BJ_REJ_ACCOUNT_MARGIN|c1 0/0 BJ_END_USER|a5 10/0"},
    {"executions in a window of time",
     "lim 2 executions 1 0 1;new 1 1 1 1 B 1 10000 L D;new 2 2 1 1 S 1 10000 L D;"
     "new 1 1 1 2 B 1 10000 L D;wait 59999;new 1 1 1 2 B 1 10000 L D;wait 1;"
     "new 1 1 1 2 B 1 10000 L D",
     "g0 0/0 #131087|a1 1/0|a2 1/0 t1 0/1@10000x1m t2 0/1@10000x1|"
     "r3 0/0 BJ_REJ_DESK_EXECUTIONS|r4 0/0 BJ_REJ_DESK_EXECUTIONS|a5 1/0"},
    {"a desk's rate; a rate alone lets a second's messages come at once",
     "lim 2 rate 2 0 1;new 1 1 1 1 B 1 10000 L D;new 1 2 1 1 B 1 10000 L D;"
     "new 1 1 1 2 B 1 10000 L D;wait 500;new 1 1 1 2 B 1 10000 L D",
     "g0 0/0 #131078|a1 1/0|a2 1/0|r3 0/0 BJ_REJ_DESK_RATE|a4 1/0"},
    {"a kill that blocks: an account, a desk, an instrument, an account in one, everybody",
     "new 1 1 1 1 B 5 10000 L D;kill 1 0 0 - !;new 1 1 1 2 B 5 10000 L D;"
     "lim 1 blocked -1 1;kill 0 1 0 - !;new 1 1 1 2 B 5 10000 L D;lim 2 blocked 0 0 1;"
     "kill 0 0 1 - !;new 1 1 1 2 B 5 10000 L D;lim 4 blocked -1 0 0 1;kill 1 0 1 - !;"
     "new 1 1 1 2 B 5 10000 L D;lim 1 barred -1 1 0 1;kill 0 0 0 - !;new 1 1 1 2 B 5 10000 L D;"
     "lim 3 blocked -1 0;new 1 1 1 2 B 5 10000 L D",
     "a1 5/0|g0 0/0 #65537 c1 0/0 ~ BJ_END_MASS k0 0/0 #1 BJ_END_MASS|"
     "r2 0/0 BJ_REJ_ACCOUNT_BLOCKED|g0 0/0 #65537|g0 0/0 #131073 k0 0/0 BJ_END_MASS|"
     "r3 0/0 BJ_REJ_DESK_BLOCKED|g0 0/0 #131073|g0 0/0 #262145 k0 0/0 BJ_END_MASS|"
     "r4 0/0 BJ_REJ_INSTRUMENT_BLOCKED|g0 0/0 #262145|g0 0/0 #65538 k0 0/0 BJ_END_MASS|"
     "r5 0/0 BJ_REJ_ACCOUNT_BARRED|g0 0/0 #65538|g0 0/0 #196609 k0 0/0 BJ_END_MASS|"
     "r6 0/0 BJ_REJ_MEMBER_BLOCKED|g0 0/0 #196609|a7 5/0"},
    {"and one that cannot: two at once, a side",
     "new 1 1 1 1 B 5 10000 L D;kill 1 1 0 - !;kill 1 0 0 B !;kill 9 0 0 - !;can 1 1 1",
     "a1 5/0|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_ACCOUNT_UNKNOWN|"
     "c1 0/0 BJ_END_USER"},
    {"first limits change nothing of an account that is known",
     "acct 1 100000000 1000000000 5000 10 1;acct 1 100000000 1000000000 5000 10 0 0 1;"
     "new 1 1 1 1 B 5 10000 L D;acct 9 100000000 1000000000 5000 10 0 0 1;"
     "new 1 9 1 1 B 5 10000 L D",
     "u0 0/0 #1|u0 0/0 #1|r1 0/0 BJ_REJ_ACCOUNT_BLOCKED|u0 0/0|a2 5/0"},
    {"limits that are none",
     "lim 1 order_qty 5 9;lim 4 blocked 1 0 0 9;lim 1 luck 5 1;lim 3 order_qty 5 1;"
     "lim 2 order_qty 5 0 1024",
     "q0 0/0 BJ_REJ_ACCOUNT_UNKNOWN|q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_FIELD|"
     "q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD"},
    /* --- what loosens takes two people */
    {"a raise to the most there can be is a lift",
     "one lim 1 open_value 500 1;one lim 1 open_value 9223372036854775807 1;"
     "one lim 1 open_value -1 1",
     "g0 0/0 #65545|q0 0/0 #65545 BJ_REJ_SECOND_PERSON !500|"
     "q0 0/0 #65545 BJ_REJ_SECOND_PERSON !500"},
    {"a rate that nobody set is the configured one; a burst follows its rate",
     "one lim 1 rate 101 1;one lim 1 rate 100 1;one lim 2 rate 5 0 4;one lim 2 burst 6 0 4;"
     "one lim 2 burst 4 0 4;one lim 2 burst -1 0 4",
     "q0 0/0 #65542 BJ_REJ_SECOND_PERSON !100|g0 0/0 #65542|g0 0/0 #131078|"
     "q0 0/0 #131079 BJ_REJ_SECOND_PERSON !5|g0 0/0 #131079|"
     "q0 0/0 #131079 BJ_REJ_SECOND_PERSON !4"},
    {"protection is looser without both, or with more of one",
     "one lim 4 protection_min 50 0 0 1;one lim 4 protection_bp 20 0 0 1;"
     "two lim 4 protection_bp 20 0 0 1;one lim 4 protection_bp -1 0 0 1;"
     "one lim 4 protection_min -1 0 0 1",
     "g0 0/0 #262186|q0 0/0 #262185 BJ_REJ_SECOND_PERSON|g0 0/0 #262185|g0 0/0 #262185|"
     "q0 0/0 #262186 BJ_REJ_SECOND_PERSON !50"},
    {"of what is not known, or wrong, the reason is that",
     "one lim 1 order_qty -1 9;one lim 4 blocked 0 0 0 9;one lim 1 luck 5 1;one state 9 1;"
     "one phase 9 1;one state 0 1;one band 9 1 2;one lim 2 order_qty -1 0 1024",
     "q0 0/0 BJ_REJ_ACCOUNT_UNKNOWN|q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_FIELD|"
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|"
     "q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_INSTRUMENT_UNKNOWN|q0 0/0 BJ_REJ_FIELD"},
    {"one halts, two resume, in whatever words; a clock does",
     "one state 1 2;one state 1 1;one phase 1 1;one phase 0 3 2;one phase 1 5;two state 1 1;"
     "one phase 0 2;one phase 0 0;one phase 0 1;phase 0 1;one phase 1 5;two phase 1 1",
     "i0 0/0 #2|q0 0/0 #2 BJ_REJ_SECOND_PERSON|q0 0/0 #2 BJ_REJ_SECOND_PERSON|"
     "q0 1/0 #2 BJ_REJ_SECOND_PERSON|q0 0/0 #2 BJ_REJ_SECOND_PERSON|i0 0/0 #1|"
     "i0 0/0 #2 i0 0/0 #2 k0 0/0 #2|i0 0/0 =10000 i0 0/0 =10000 k0 0/0 #2|"
     "q0 0/2 BJ_REJ_SECOND_PERSON|k0 0/0|"
     "q0 0/0 BJ_REJ_SECOND_PERSON|i0 0/0 =10000 #1"},
    {"a halt by people stands against the clock, which closes it and passes it over",
     "one state 1 2;phase 0 5;phase 0 1;phase 0 0;day 5;phase 0 1;one state 1 2;one state 1 0;"
     "phase 0 1;two phase 1 5;phase 0 1",
     "i0 0/0 #2|i0 0/0 #5 k0 0/0 #1|i0 0/0 #1 k0 0/0 #1|"
     "i0 0/0 =10000 i0 0/0 =10000 k0 0/0 #2|k0 0/0 BJ_END_DAY|i0 0/0 #1 k0 0/0 #1|i0 0/0 #2|"
     "i0 0/0 =10000|i0 0/0 #1 k0 0/0 #1|i0 0/0 =10000 #5|"
     "i0 0/0 =10000 #1 i0 0/0 #1 k0 0/0 #2"},
    {"so does its auction; a halt from before the rule, or a close, ends with the clock",
     "phase 0 3 1;one state 1 2;uncross 0 1;two phase 1 1;phase 1 2;phase 0 1;one phase 1 0;"
     "phase 0 1",
     "i0 0/0 =10000 #3 i0 0/0 =10000 #3 k0 0/0 #2|i0 0/0 #2|e0 0/0 #1 i0 0/0 #1 k0 0/0 #1|"
     "e0 0/0 #1 i0 0/0 #1|i0 0/0 #2|i0 0/0 #1 i0 0/0 #1 k0 0/0 #2|i0 0/0 =10000|"
     "i0 0/0 =10000 #1 i0 0/0 #1 k0 0/0 #2"},
    {"what the clock states wrong is refused whole",
     "one state 1 2;phase 0 7;uncross 0 3;phase 0 3 1 0 10001",
     "i0 0/0 #2|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD|q0 0/0 BJ_REJ_FIELD"},
    {"an auction ends by one, where none is halted in it",
     "one phase 1 3 1;one state 2 2;one uncross 0 1;one uncross 2 1",
     "i0 0/0 =10000 #3|i0 0/0 #2|e0 0/0 #1 i0 0/0 #1 k0 0/0 #1|q0 0/0 BJ_REJ_PHASE"},
    {"a band by one is no wider, also in an auction with a band of its own",
     "one band 1 8000 12005;one band 1 7995 12000;one band 1 8005 11995;one band 1 8000 12000;"
     "two phase 1 3 1 10000 5000;one band 1 8000 12000;two band 1 8000 12000",
     "q0 0/0@12000x0 BJ_REJ_SECOND_PERSON =8000|q0 0/0@12000x0 BJ_REJ_SECOND_PERSON =8000|"
     "b0 0/0@11995x0 =8005|q0 0/0@11995x0 BJ_REJ_SECOND_PERSON =8005|i0 0/0 =10000 #3|"
     "q0 0/0@11995x0 BJ_REJ_SECOND_PERSON =8005|b0 0/0@12000x0 =8000"},
    {"an auction by one begins at its own reference, within the day's band",
     "one phase 1 3 1 10001;one phase 1 3 1 9999;one phase 0 3 1 9999;one phase 1 3 1 0 2001;"
     "one phase 1 3 1 10000 2000;one phase 1 4 1 7 9000;two phase 2 3 2 9999 9000",
     "q0 0/0 #1 BJ_REJ_SECOND_PERSON|q0 0/0 #1 BJ_REJ_SECOND_PERSON|"
     "q0 0/0 #1 BJ_REJ_SECOND_PERSON|q0 0/0 #1 BJ_REJ_SECOND_PERSON|i0 0/0 =10000 #3|"
     "i0 0/0 =10000 #4|i0 0/0 =9999 #3"},
    {"a closing auction's own reference is the last price",
     "new 1 1 1 1 S 1 11000 L D;new 2 2 1 1 B 1 11000 L D;one phase 1 3 3 10000;"
     "one phase 1 3 3 11000 500;two phase 1 1;one phase 1 3 3 0 910",
     "a1 1/0|a2 1/0 t1 0/1@11000x1m t2 0/1@11000x1|q0 0/0 #1 BJ_REJ_SECOND_PERSON|"
     "i0 0/0 =11000 #3|e0 0/0 =11000 #3 i0 0/0 =11000 #1|q0 0/0 #1 BJ_REJ_SECOND_PERSON"},
    {"a closing price that one states is the market's own; once it is fixed it stays",
     "one phase 1 0 0 9999;one phase 1 6 0 9999;one phase 0 0 0 10001;one phase 1 0 0 10000;"
     "one phase 1 0 0 7;one phase 2 3 1;one phase 2 6 0 7;one uncross 2 6 0 10000;"
     "one uncross 2 0 0 9999;two uncross 2 6 0 9999",
     "q0 0/0 #1 BJ_REJ_SECOND_PERSON|q0 0/0 #1 BJ_REJ_SECOND_PERSON|"
     "q0 0/0 #1 BJ_REJ_SECOND_PERSON|i0 0/0 =10000|i0 0/0 =10000|i0 0/0 =10000 #3|"
     "q0 0/0 BJ_REJ_PHASE|q0 0/0 #3 BJ_REJ_SECOND_PERSON|q0 0/0 #3 BJ_REJ_SECOND_PERSON|"
     "e0 0/0 #1 i0 0/0 =9999 #6"},
    {"a closing auction makes the closing price, whatever one states",
     "one phase 1 3 3;one uncross 1 6 0 7", "i0 0/0 =10000 #3|e0 0/0 =10000 #3 i0 0/0 =10000 #6"},
    {"what takes nothing, or at the closing price alone, takes more by two",
     "one phase 1 5;one phase 1 1;one phase 1 3 1;one phase 1 4 1;one phase 1 6;one state 1 1;"
     "one phase 1 2;two phase 1 6;one phase 1 1;one phase 1 3 1;one phase 1 5;two phase 1 3 1;"
     "one phase 1 5;one uncross 1 1;one uncross 1 2",
     "i0 0/0 #5|q0 0/0 #5 BJ_REJ_SECOND_PERSON|q0 0/0 #5 BJ_REJ_SECOND_PERSON|"
     "q0 0/0 #5 BJ_REJ_SECOND_PERSON|q0 0/0 #5 BJ_REJ_SECOND_PERSON|"
     "q0 0/0 #5 BJ_REJ_SECOND_PERSON|i0 0/0 #2|i0 0/0 =10000 #6|"
     "q0 0/0 #6 BJ_REJ_SECOND_PERSON|q0 0/0 #6 BJ_REJ_SECOND_PERSON|i0 0/0 =10000 #5|"
     "i0 0/0 =10000 #3|i0 0/0 =10000 #5|q0 0/0 #5 BJ_REJ_SECOND_PERSON|"
     "e0 0/0 #1 i0 0/0 =10000 #2"},
    {"an account's limits by one are no looser, and its PAN stays",
     "one acct 1 100000000 1000000000 5000 10 1;one acct 1 100000000 1000000000 5000 10 0;"
     "one acct 1 100000000 1000000000 5001 10 1;one acct 1 99 99 99 9 1 7;"
     "one acct 9 1 1 1 1 0 7;one acct 9 2 1 1 1 0 7 1",
     "u0 0/0 #1|q0 0/0 #65537 BJ_REJ_SECOND_PERSON !1|q0 0/0 #65546 BJ_REJ_SECOND_PERSON !5000|"
     "q0 0/0 #65536 BJ_REJ_SECOND_PERSON !2147483649|u0 0/0|u0 0/0"},
    {"orders are not asked for people; kills take one",
     "one new 1 1 1 1 B 5 10000 L D;one kill 1 0 0 - !;one lim 1 blocked 0 1;two lim 1 blocked 0 1",
     "r1 0/0 BJ_REJ_FIELD|g0 0/0 #65537 k0 0/0 BJ_END_MASS|"
     "q0 0/0 #65537 BJ_REJ_SECOND_PERSON !1|g0 0/0 #65537"},
};

#endif /* TEST_BJ_ENGINE_CASES_H */
