//////////////////////////////////////////////////////////////////////////////
// Module      bj_row
// Purpose     The best K levels of one side of a book, sorted: what a message makes of them.
// Interface   Row words: entry k at [k*EW +: EW], best first, {live, key, tick, qty}; live entries
//             come first; smaller keys are better.  in_*: a row and an operation: sub_qty off the
//             level sub_key, add_qty onto the level add_key, either or both, as one.
// Latency     out_* exactly 2 clocks behind in_*: stage A compares every level with both keys and
//             makes all sums, stage B is one shift network.  add_tick comes one clock behind in_*.
// Throughput  one a clock.
// Stall       never.
// Reset       none: no valid bits.
// Corner      A level that comes to 0 goes.  A new level goes where it belongs; behind the last one
//             only if the row was not full: else better ones may wait in the ladder, from which
//             the caller fills the row up.  Of a full row the worst is pushed out.  out_full: the
//             row was full before: there may be levels behind it.
// Needs       sub_qty <= the level's quantity; keys of one level always with the same tick.
// Verified    hw/fv (proved with bj_side), sim/hw
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_row #(
    parameter K  = 5,
    parameter KW = 31, // key
    parameter TW = 12, // tick
    parameter QW = 40, // quantity of a level
    parameter OW = 31, // quantity of an order
    parameter EW = 1 + KW + TW + QW
) (
    input  wire            clk,
    input  wire [K*EW-1:0] in_row,
    input  wire            in_sub,
    input  wire   [KW-1:0] in_sub_key,
    input  wire   [OW-1:0] in_sub_qty,
    input  wire            in_add,
    input  wire   [KW-1:0] in_add_key,
    input  wire   [OW-1:0] in_add_qty,
    input  wire   [TW-1:0] add_tick, // 1 clock behind in_*
    output reg  [K*EW-1:0] out_row,
    output reg             out_full
);
    // --- stage A
    reg  [K*EW-1:0] was;
    reg    [K*QW-1:0] sum;             // what each level comes to, if it is one of those named
    reg     [K-1:0] gone, is_add, better; // better: than the level added to
    reg             add, full;
    reg    [KW-1:0] key;
    reg    [OW-1:0] qty;
    genvar g;
    generate
        for (g = 0; g < K; g = g + 1) begin : g_level
            wire          live = in_row[EW*g+EW-1];
            wire [KW-1:0] at   = in_row[EW*g+TW+QW +: KW];
            wire [QW-1:0] has  = in_row[EW*g +: QW];
            wire [QW-1:0] less = {{(QW-OW){1'b0}}, in_sub_qty};
            wire [QW-1:0] more = {{(QW-OW){1'b0}}, in_add_qty};
            wire          s    = in_sub && live && at == in_sub_key;
            wire          a    = in_add && live && at == in_add_key;
            always @(posedge clk) begin
                sum[QW*g +: QW] <= has - (s ? less : {QW{1'b0}}) + (a ? more : {QW{1'b0}});
                gone[g]   <= s && !a && has == less;
                is_add[g] <= a;
                better[g] <= live && at < {in_add_key[KW-1:1], in_add_key[0] && !`BJ_FAULT(5)};
            end
        end
    endgenerate
    always @(posedge clk) begin
        was  <= in_row;
        add  <= in_add;
        key  <= in_add_key;
        qty  <= in_add_qty;
        full <= in_row[K*EW-1];
    end
    integer k;

    // --- stage B: every level from its own place or a neighbour's
    reg  [K:0]      shut;   // some level at or before k has gone
    reg  [K:0]      ahead;  // the new level stands before what is at k after the removal
    reg             puts;
    reg  [EW-1:0]   fresh;
    reg  [K*EW-1:0] kept, next;
    reg  [K*EW-1:0] level;  // with their sums
    reg  [K-1:0]    kept_better, kept_live;
    always @* begin
        for (k = 0; k < K; k = k + 1)
            level[EW*k +: EW] = {was[EW*k+QW +: EW-QW], sum[QW*k +: QW]};
        shut[0] = 1'b0;
        for (k = 0; k < K; k = k + 1) shut[k+1] = shut[k] || gone[k];
        for (k = 0; k < K; k = k + 1) begin
            if (shut[k+1]) begin
                kept[EW*k +: EW] = k == K-1 ? {EW{1'b0}} : level[EW*(k == K-1 ? k : k+1) +: EW];
                kept_better[k]   = k == K-1 ? 1'b0 : better[k == K-1 ? k : k+1];
            end else begin
                kept[EW*k +: EW] = level[EW*k +: EW];
                kept_better[k]   = better[k];
            end
            kept_live[k] = kept[EW*k+EW-1];
        end
        fresh = {1'b1, key, add_tick, {{(QW-OW){1'b0}}, qty}};
        // Behind the last one only where the row says all there is.
        puts  = add && !(|is_add) &&
                (!full || (kept_live & ~kept_better) != {K{1'b0}} || `BJ_FAULT(6));
        ahead[0] = 1'b0;
        for (k = 0; k < K; k = k + 1) ahead[k+1] = !kept_better[k];
        for (k = 0; k < K; k = k + 1) begin
            if (!puts || kept_better[k])       next[EW*k +: EW] = kept[EW*k +: EW];
            else if (k == 0 || !ahead[k])     next[EW*k +: EW] = fresh;
            else                               next[EW*k +: EW] = kept[EW*(k == 0 ? 0 : k-1) +: EW];
        end
    end
    always @(posedge clk) begin
        out_row  <= next;
        out_full <= full;
    end
endmodule

`default_nettype wire
