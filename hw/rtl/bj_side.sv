//////////////////////////////////////////////////////////////////////////////
// Module      bj_side
// Purpose     One side of every token's book, exactly: a ladder of all ticks behind a sorted row of
//             the best K.
// Shape       2^TB tokens; a ladder of 2^(WB+BB) ticks: one word a tick {key, quantity}, and over
//             them a two-level bitmap, 2^WB words of 2^BB bits and one word that says which are not 0.
//             The row and that one word are fetched by token; the ladder is a RAM of its own.
// Interface   pf_*: fetch the row of a token, at least 1 clock before op_*.  op_*: the operation on
//             it (bj_row has its meaning), with op_add_tick, op_abort one clock behind: op_abort:
//             nothing is kept of it.  top_*: the row, 2 clocks behind op_valid.  deep_*: the row
//             filled up again, 7 clocks behind op_valid.
// Latency     top_* exactly 2 clocks behind op_valid, deep_* exactly 7; the same for every operation
//             and every book.
// Throughput  an operation every 8 clocks; the next one's fetch may be taken 7 clocks behind
//             op_valid (an MTBT message takes 10 beats at least).
// Stall       never: no handshakes; the caller keeps the distance.
// Reset       synchronous, high: every side is empty (a flag for each token: RAM is not touched).
//             clear_all, clear_en likewise, for all or for one; not while one is under way.
// How exact   at most one level of the row goes with an operation, and before the next one the row has
//             been filled up from the bitmap; so with K >= 2 its first entry is always the best.  A
//             bitmap word counts only if the word above says so, a ladder word only if its bit is
//             set: so clearing is one flag.
// Corner      prices are normalised: smaller keys and ticks are better on both sides.
// Verified    hw/fv: proved equal to an array at small widths; sim/hw: against dataplane/feed
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_side #(
    parameter TB = 6,
    parameter WB = 6,
    parameter BB = 6,
    parameter K  = 5,
    parameter KW = 31,
    parameter QW = 40,
    parameter OW = 31,
    parameter TW = WB + BB,
    parameter EW = 1 + KW + TW + QW
) (
    input  wire            clk,
    input  wire            rst,
    input  wire            clear_all,
    input  wire            clear_en,
    input  wire   [TB-1:0] clear_tok,
    input  wire            pf_en,
    input  wire   [TB-1:0] pf_tok,
    input  wire            op_valid,
    input  wire   [TB-1:0] op_tok,
    input  wire            op_sub,
    input  wire   [KW-1:0] op_sub_key,
    input  wire   [TW-1:0] op_sub_tick,
    input  wire   [OW-1:0] op_sub_qty,
    input  wire            op_add,
    input  wire   [KW-1:0] op_add_key,
    input  wire   [OW-1:0] op_add_qty,
    input  wire   [TW-1:0] op_add_tick, // 1 clock behind
    input  wire            op_abort,    // 1 clock behind
    output wire            top_valid,
    output wire [K*EW-1:0] top_row,
    output reg             deep_valid,
    output wire [K*EW-1:0] deep_row
`ifdef FORMAL
    ,
    input  wire [(1<<TW)*QW-1:0] fv_qty, // what every tick of token 0 should hold
    input  wire [K*EW-1:0] fv_row,       // and its best K
    output reg             fv_holds,     // between operations: everything is as it should be
    output wire      [6:1] fv_phase
`endif
);
    localparam WORDS = 1 << WB, BITS = 1 << BB;

    // --- rows and upper bitmaps by token
    reg  [WORDS+K*EW-1:0] rows [0:(1 << TB)-1];
    reg  [WORDS+K*EW-1:0] row_rd;
    reg     [(1<<TB)-1:0] empty;
    reg        [TB-1:0]   tok;
    wire                  row_we;
    reg  [WORDS+K*EW-1:0] row_w;
    always @(posedge clk) begin
        if (pf_en) row_rd <= rows[pf_tok];
        if (row_we) begin
            rows[tok]  <= row_w;
            empty[tok] <= 1'b0;
        end
        if (clear_en) empty[clear_tok] <= 1'b1;
        if ((rst && !`BJ_FAULT(16)) || clear_all) empty <= {(1<<TB){1'b1}};
    end
    wire [K*EW-1:0]  row_now = empty[op_tok] ? {K*EW{1'b0}} : row_rd[K*EW-1:0];
    wire [WORDS-1:0] upper_now = empty[op_tok] ? {WORDS{1'b0}} : row_rd[K*EW +: WORDS];

    // --- clocks behind op_valid, one hot
    reg  [6:1] ph;
    always @(posedge clk) ph <= rst ? 6'd0 : {ph[5:1], op_valid};
    reg            sub, add, kept;
    reg   [KW-1:0] add_key;
    reg   [TW-1:0] sub_tick, add_tick;
    reg   [OW-1:0] sub_qty, add_qty;
    reg [WORDS-1:0] upper;
    always @(posedge clk) if (op_valid) begin
        tok      <= op_tok;
        sub      <= op_sub;
        add      <= op_add;
        add_key  <= op_add_key;
        sub_tick <= op_sub_tick;
        sub_qty  <= op_sub_qty;
        add_qty  <= op_add_qty;
    end

    // --- the row, and the top of the book with it
    wire           row_full;
    bj_row #(.K(K), .KW(KW), .TW(TW), .QW(QW), .OW(OW)) row (
        .clk(clk), .in_row(row_now),
        .in_sub(op_sub), .in_sub_key(op_sub_key), .in_sub_qty(op_sub_qty),
        .in_add(op_add), .in_add_key(op_add_key), .in_add_qty(op_add_qty),
        .add_tick(op_add_tick), .out_row(top_row), .out_full(row_full));
    assign top_valid = `BJ_FAULT(13) && row_full ? ph[3] : ph[2];

    // --- ladder and lower bitmap: phase 0 reads where is subtracted, 1 writes it and reads where is
    //     added, 2 writes that, 3 to 6 look for the level behind the row
    reg  [KW+QW-1:0] ladder [0:(1 << (TB + TW))-1];
    reg   [BITS-1:0] lower [0:(1 << (TB + WB))-1];
    reg  [KW+QW-1:0] lad_rd, lad_w;
    reg   [BITS-1:0] low_rd, low_w;
    reg [TB+TW-1:0]  lad_at, lad_to;
    reg [TB+WB-1:0]  low_at, low_to;
    reg              lad_we;
    always @(posedge clk) begin
        lad_rd <= ladder[lad_at];
        low_rd <= lower[low_at];
        if (lad_we) ladder[lad_to] <= lad_w;
        if (lad_we) lower[low_to] <= low_w;
    end

    wire both = sub && add && sub_tick == op_add_tick; // in phase 1: the same level
    reg  fused;
    wire [QW-1:0] less = lad_rd[QW-1:0] - {{(QW-OW){1'b0}}, sub_qty};
    wire [QW-1:0] left = both ? less + {{(QW-OW){1'b0}}, add_qty} : less;
    wire [WB-1:0] sub_word = sub_tick[TW-1:BB], add_word = add_tick[TW-1:BB];
    wire [BITS-1:0] sub_bit = {{(BITS-1){1'b0}}, 1'b1} << sub_tick[BB-1:0];
    wire [BITS-1:0] add_bit = {{(BITS-1){1'b0}}, 1'b1} << add_tick[BB-1:0];
    // The word as phase 1 leaves it, for phase 2, whose read came too early to see it.
    reg              fw_on;
    reg   [BITS-1:0] fw_word;
    wire  [BITS-1:0] add_old = fw_on && !`BJ_FAULT(17) && sub_word == add_word ? fw_word
                             : upper[add_word] ? low_rd : {BITS{1'b0}};
    wire             add_has = |(add_old & add_bit);
    wire [QW-1:0]    more = (add_has ? lad_rd[QW-1:0] : {QW{1'b0}}) + {{(QW-OW){1'b0}}, add_qty};
    wire  [BITS-1:0] sub_word_now = |left || `BJ_FAULT(7) ? low_rd : low_rd & ~sub_bit;
    wire             sub_now = ph[1] && sub && !op_abort;
    wire             add_now = ph[2] && add && kept && !fused;

    always @* begin
        lad_we = 1'b0;
        lad_to = {tok, sub_tick};
        low_to = {tok, sub_word};
        lad_w  = {lad_rd[KW+QW-1:QW], left};
        low_w  = sub_word_now;
        if (sub_now) lad_we = 1'b1;
        if (add_now) begin
            lad_we = 1'b1;
            lad_to = {tok, add_tick};
            low_to = {tok, add_word};
            lad_w  = {add_key, more};
            low_w  = add_old | add_bit;
        end
    end
    always @(posedge clk) begin
        if (ph[1]) begin
            add_tick <= op_add_tick;
            kept     <= !op_abort;
            fused    <= both;
            fw_word  <= sub_word_now;
            fw_on    <= sub && !op_abort;
        end
        if (op_valid) upper <= upper_now;
        if (sub_now && sub_word_now == {BITS{1'b0}}) upper[sub_word] <= 1'b0;
        if (add_now) upper[add_word] <= 1'b1;
    end

    // --- filling up: the first level behind the last of the row
    reg  [K*EW-1:0] rest;          // the row, compared with top_row held
    reg             was_full;
    reg    [TW-1:0] last;          // the worst tick of the row
    reg             any;           // the row is not empty
    reg      [K-1:0] live;
    integer k;
    always @* begin
        last = {TW{1'b0}};
        any  = 1'b0;
        for (k = 0; k < K; k = k + 1) begin
            live[k] = rest[EW*k+EW-1];
            if (live[k]) begin
                any  = 1'b1;
                last = rest[EW*k+QW +: TW];
            end
        end
    end
    function automatic [BB-1:0] first_bit(input [BITS-1:0] x);
        integer i;
        begin
            first_bit = {BB{1'b0}};
            for (i = BITS - 1; i >= 0; i = i - 1) if (x[i]) first_bit = i[BB-1:0];
        end
    endfunction
    function automatic [WB-1:0] first_word(input [WORDS-1:0] x);
        integer i;
        begin
            first_word = {WB{1'b0}};
            for (i = WORDS - 1; i >= 0; i = i - 1) if (x[i]) first_word = i[WB-1:0];
        end
    endfunction
    wire [BITS-1:0]  behind_bits = ~(({{(BITS-1){1'b0}}, 1'b1} << last[BB-1:0]) |
                                     (({{(BITS-1){1'b0}}, 1'b1} << last[BB-1:0]) - 1'b1));
    wire [WORDS-1:0] behind_words = ~(({{(WORDS-1){1'b0}}, 1'b1} << last[TW-1:BB]) |
                                      (({{(WORDS-1){1'b0}}, 1'b1} << last[TW-1:BB]) - 1'b1));
    wire [BITS-1:0]  near = any && upper[last[TW-1:BB]] ? low_rd & behind_bits : {BITS{1'b0}};
    wire [WORDS-1:0] far  = !any ? upper : `BJ_FAULT(8) ? {WORDS{1'b0}} : upper & behind_words;
    reg              near_q, far_q, found;
    reg     [TW-1:0] near_tick, tick;
    reg     [WB-1:0] far_word;
    wire    [TW-1:0] tick_now = near_q ? near_tick : {far_word, first_bit(low_rd)};
    wire             lacks = was_full && !live[K-1];
    reg   [K*EW-1:0] filled;
    always @* begin
        filled = rest;
        if (lacks && found)
            for (k = 0; k < K; k = k + 1)
                if (!live[k] && (k == 0 || live[k == 0 ? 0 : k-1]))
                    filled[EW*k +: EW] = {1'b1, lad_rd[QW +: KW], tick, lad_rd[QW-1:0]};
        row_w = {upper, filled};
    end
    assign row_we = ph[6] && kept;
    always @(posedge clk) begin
        if (ph[2]) begin
            rest     <= top_row;
            was_full <= row_full;
        end
        if (ph[4]) begin
            near_q    <= |near;
            near_tick <= {last[TW-1:BB], first_bit(near)};
            far_q     <= |far;
            far_word  <= first_word(far);
        end
        if (ph[5]) begin
            tick  <= tick_now;
            found <= near_q || far_q;
        end
        if (ph[6]) rest <= filled;
        deep_valid <= ph[6] && !rst;
    end
    assign deep_row = rest;

`ifdef FORMAL
    // What hw/fv proves is held up by this: between operations the ladder, its bitmaps and the row
    // all say the same.  A word counts only where the one above says so.
    assign fv_phase = ph;
    integer t, w;
    reg [WORDS-1:0] fv_used;
    always @* begin
        fv_used = {WORDS{1'b0}};
        for (t = 0; t < (1 << TW); t = t + 1)
            if (fv_qty[QW*t +: QW] != 0) fv_used[t >> BB] = 1'b1;
        fv_holds = ph == 0;
        if (empty[0]) begin
            if (fv_qty != 0) fv_holds = 1'b0;
        end else begin
            if (row_rd != rows[0] || row_rd[K*EW +: WORDS] != fv_used) fv_holds = 1'b0;
            for (w = 0; w < K; w = w + 1)
                if (row_rd[EW*w+EW-1] != fv_row[EW*w+EW-1] ||
                    (fv_row[EW*w+EW-1] && row_rd[EW*w +: EW] != fv_row[EW*w +: EW])) fv_holds = 1'b0;
            for (t = 0; t < (1 << TW); t = t + 1) begin
                if (fv_used[t >> BB] && lower[t >> BB][t % BITS] != (fv_qty[QW*t +: QW] != 0))
                    fv_holds = 1'b0;
                if (fv_qty[QW*t +: QW] != 0 &&
                    ladder[t] != {t[KW-1:0], fv_qty[QW*t +: QW]}) fv_holds = 1'b0;
            end
        end
    end
`endif

    // --- which addresses, by phase
    always @* begin
        lad_at = {op_tok, op_sub_tick};
        low_at = {op_tok, op_sub_tick[TW-1:BB]};
        if (ph[1]) begin
            lad_at = {tok, op_add_tick};
            low_at = {tok, op_add_tick[TW-1:BB]};
        end
        if (ph[3]) low_at = {tok, last[TW-1:BB]};
        if (ph[4]) low_at = {tok, first_word(far)};
        if (ph[5]) lad_at = {tok, tick_now};
    end
endmodule

`default_nettype wire
