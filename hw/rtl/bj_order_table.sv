//////////////////////////////////////////////////////////////////////////////
// Module      bj_order_table
// Purpose     From an order's id (64 raw bits) to what it is: token, side, price, tick, quantity.
// Interface   lk_*: a lookup, into answer 0 or 1 (a trade has two).  a_*: the answers, side by side.
//             w_*: writes the place of answer w_which, or if that missed, the place chosen for a
//             new order.
// Shape       4 ways of 2^B rows of 4 slots, each way under a hash of its own (linear: an XOR of
//             constants), a new order into the least loaded of its four rows; 16 more places, compared
//             all at once, for who finds all 16 slots taken.
// Latency     a_* exactly 2 clocks after lk_en's edge: one for the RAM, one for compare and choice;
//             `full` and the place of a new order 1 later.  Held until the next lookup of that kind.
//             A write is there for lookups that come 2 clocks later.
// Throughput  a lookup a clock; a write a clock.
// Stall       never: no handshakes.  The sweep waits for clocks that are `quiet`.
// Reset       synchronous, high: then everything is emptied, a row in two clocks, and `up` is low.
//             `clear` (one clock) forgets all orders at once: their generation is over; the sweep
//             that makes their slots really empty runs behind, and until it has ended another clear
//             is refused (`sweeping`).  `purge` sweeps out the orders of one token.
// Corner      `full`: no slot and no place beside: the order cannot be kept, and the caller says so.
//             The sweep only touches RAM while `quiet`.
// Verified    sim/hw
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_order_table #(
    parameter B  = 12, // rows of a way, as a power of two
    parameter TB = 6,  // bits of a token's index
    parameter TW = 12  // bits of a tick
) (
    input  wire           clk,
    input  wire           rst,
    input  wire           quiet,
    input  wire           clear,
    input  wire           purge,
    input  wire  [TB-1:0] purge_tok,
    output wire           up,
    output wire           sweeping,
    output reg            purging,   // orders of purge_q are as good as gone
    output reg   [TB-1:0] purge_q,
    // lookup
    input  wire           lk_en,
    input  wire           lk_which,
    input  wire    [63:0] lk_key,
    // answers: {1, 0}
    output reg      [1:0] a_hit,
    output reg  [2*TB-1:0] a_tok,
    output reg      [1:0] a_ask,
    output reg    [61:0]  a_price,
    output reg  [2*TW-1:0] a_tick,
    output reg    [61:0]  a_qty,
    output reg            full,
    // write
    input  wire           w_en,
    input  wire           w_which,
    input  wire           w_live,  // 0: the order goes
    input  wire  [TB-1:0] w_tok,
    input  wire           w_ask,
    input  wire    [30:0] w_price,
    input  wire  [TW-1:0] w_tick,
    input  wire    [30:0] w_qty,
    output reg      [4:0] stash_cnt // places beside that are taken
);
    localparam SLOTS = 16, STASH = 16, PLACES = SLOTS + STASH;
    localparam RW = TB + 1 + 31 + TW + 31; // what is remembered
    localparam W  = 2 + 64 + RW;           // live, generation, key

    // Row of a key in a way: each of its bits the parity of some bits of the key.
    function automatic [63:0] mask_of(input integer way, input integer at);
        reg [63:0] x;
        begin
            x = 64'h9e3779b97f4a7c15 * {32'd0, way * 64 + at + 1};
            x = (x ^ (x >> 30)) * 64'hbf58476d1ce4e5b9;
            x = (x ^ (x >> 27)) * 64'h94d049bb133111eb;
            mask_of = x ^ (x >> 31);
        end
    endfunction

    // --- the sweep: a row is read, then written
    reg           gen, sweep_on, sweep_all, sweep_write;
    reg   [B-1:0] sweep_row;
    wire          sweep_read = sweep_on && !sweep_write && quiet;
    assign sweeping = sweep_on;
    assign up       = !(sweep_on && sweep_all);
    always @(posedge clk) begin
        sweep_write <= sweep_read;
        if (sweep_write) begin
            sweep_row <= sweep_row + 1'b1;
            if (&sweep_row) begin
                sweep_on  <= 1'b0;
                sweep_all <= 1'b0;
                purging   <= 1'b0;
            end
        end
        if (clear && !sweep_on) begin
            gen      <= !gen;
            sweep_on <= 1'b1;
        end else if (purge && !sweep_on) begin
            sweep_on <= 1'b1;
            purging  <= 1'b1;
            purge_q  <= purge_tok;
        end
        if (rst) begin
            gen         <= 1'b0;
            sweep_on    <= 1'b1;
            sweep_all   <= 1'b1;
            sweep_write <= 1'b0;
            purging     <= 1'b0;
            sweep_row   <= {B{1'b0}};
        end
    end
    wire stash_sweep = sweep_on && sweep_write;

    // --- the RAMs
    reg      [63:0] key_q;
    reg             which_q, lk_q;
    reg [4*B-1:0]   rows_q;      // of the lookup just made
    reg [8*B-1:0]   place_rows;  // of both answers
    wire [PLACES-1:0] put;       // which place is written
    wire [W-1:0]    w_word;
    wire [SLOTS*W-1:0] rd;
    wire [4*B-1:0]  lk_rows;
    wire [B-1:0]    w_row [0:3];
    genvar g, h;
    generate
        for (g = 0; g < 4; g = g + 1) begin : g_way
            for (h = 0; h < B; h = h + 1) begin : g_bit
                localparam [63:0] MASK = mask_of(g, h);
                assign lk_rows[B*g+h] = ^(lk_key & MASK);
            end
            assign w_row[g] = sweep_write ? sweep_row
                            : place_rows[B*(g + (w_which ? 4 : 0)) +: B];
        end
        for (g = 0; g < SLOTS; g = g + 1) begin : g_slot
            reg  [W-1:0] mem [0:(1 << B)-1];
            reg  [W-1:0] q;
            wire [B-1:0] r_row = sweep_read ? sweep_row : lk_rows[B*(g/4) +: B];
            wire stale = sweep_all || q[W-2] != gen ||
                         (purging && q[RW-TB +: TB] == purge_q);
            always @(posedge clk) begin
                if (lk_en || sweep_read) q <= mem[r_row];
                if (sweep_write ? stale : put[g])
                    mem[w_row[g/4]] <= sweep_write ? {W{1'b0}} : w_word;
            end
            assign rd[W*g +: W] = q;
        end
    endgenerate

    // --- the places beside
    reg  [W-1:0] stash [0:STASH-1];
    integer i;
    always @(posedge clk) begin
        for (i = 0; i < STASH; i = i + 1) begin
            if (put[SLOTS + i]) stash[i] <= w_word;
            if (stash_sweep && (sweep_all || stash[i][W-2] != gen ||
                                (purging && stash[i][RW-TB +: TB] == purge_q)))
                stash[i] <= {W{1'b0}};
        end
        if (rst) for (i = 0; i < STASH; i = i + 1) stash[i] <= {W{1'b0}};
    end

    // --- compare all, choose one
    function automatic is_live(input [W-1:0] x, input now);
        is_live = x[W-1] && x[W-2] == now;
    endfunction
    reg [PLACES-1:0] hit, live;
    reg   [RW-1:0]   found;
    always @* begin
        found = {RW{1'b0}};
        for (i = 0; i < SLOTS; i = i + 1) begin
            live[i] = is_live(rd[W*i +: W], gen);
            hit[i]  = live[i] && (rd[W*i+RW+12 +: 52] == key_q[63:12]) &&
                      (rd[W*i+RW +: 12] == key_q[11:0] || `BJ_FAULT(4));
            found   = found | (rd[W*i +: RW] & {RW{hit[i]}});
        end
        for (i = 0; i < STASH; i = i + 1) begin
            live[SLOTS+i] = is_live(stash[i], gen);
            hit[SLOTS+i]  = live[SLOTS+i] && stash[i][RW +: 64] == key_q && !`BJ_FAULT(15);
            found         = found | (stash[i][RW-1:0] & {RW{hit[SLOTS+i]}});
        end
    end
    reg [PLACES-1:0] at [0:1];   // where the answers stand
    reg [PLACES-1:0] taken;      // of answer 0's rows
    reg      [127:0] keys;
    always @(posedge clk) begin
        lk_q <= lk_en;
        if (lk_en) begin
            key_q   <= lk_key;
            which_q <= lk_which;
            rows_q  <= lk_rows;
        end
        if (lk_q && !which_q) taken <= live;
        for (i = 0; i < 2; i = i + 1) if (lk_q && which_q == i[0]) begin
            a_hit[i]            <= |hit;
            at[i]               <= hit;
            keys[64*i +: 64]    <= key_q;
            place_rows[4*B*i +: 4*B] <= rows_q;
            {a_tok[TB*i +: TB], a_ask[i], a_price[31*i +: 31], a_tick[TW*i +: TW],
             a_qty[31*i +: 31]} <= found;
        end
        if (clear) a_hit <= 2'd0;
        if (rst) begin
            lk_q  <= 1'b0;
            a_hit <= 2'd0;
        end
    end

    // --- a place for a new order: the least loaded way, its first free slot; else beside
    function automatic [2:0] ones(input [3:0] x);
        ones = {2'd0, x[0]} + {2'd0, x[1]} + {2'd0, x[2]} + {2'd0, x[3]};
    endfunction
    function automatic [15:0] first(input [15:0] x);
        first = x & (~x + 16'd1);
    endfunction
    wire [2:0] n0 = ones(taken[3:0]), n1 = ones(taken[7:4]), n2 = ones(taken[11:8]),
               n3 = ones(taken[15:12]);
    wire       lo = n1 < n0, hi = n3 < n2;
    wire [2:0] nlo = lo ? n1 : n0, nhi = hi ? n3 : n2;
    wire [1:0] way = nhi < nlo ? {1'b1, hi} : {1'b0, lo};
    wire [3:0] way_free = ~taken[{1'b0, way, 2'b00} +: 4];
    wire [15:0] slot = {12'd0, way_free & (~way_free + 4'd1)} << {way, 2'b00};
    wire       none = &taken[15:0];
    reg [PLACES-1:0] fresh;
    always @(posedge clk) begin
        fresh <= none ? {first(~taken[31:16]), 16'd0} : {16'd0, slot};
        full  <= &taken;
    end

    // --- writing
    wire [PLACES-1:0] to = a_hit[w_which] ? at[w_which] : fresh;
    assign put    = {PLACES{w_en}} & to;
    assign w_word = {w_live, gen, keys[64*w_which +: 64], w_tok, w_ask, w_price, w_tick, w_qty};
    reg [4:0] beside;
    always @* begin
        beside = 5'd0;
        for (i = 0; i < STASH; i = i + 1) beside = beside + {4'd0, live[SLOTS+i]};
    end
    always @(posedge clk) stash_cnt <= beside;
endmodule

`default_nettype wire
