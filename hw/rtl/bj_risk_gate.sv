//////////////////////////////////////////////////////////////////////////////
// Module      bj_risk_gate
// Purpose     Yes or no to an order before it leaves: kill switch, price band, quantity, value, open
//             value, message rate; and the open value it checks against.
// Interface   in_*: an order, at any clock.  out_*: its verdict; out_why has a bit for each check that
//             failed, all of them.  free_*: value that is no longer open (a fill, a cancel).  w_*: the
//             host's limits, for one desk or one token.  see_*: a desk's open value, in the same clock.
// Latency     out_* exactly 4 clocks behind in_*, for every order: all checks are always made.
// Throughput  an order and a free_ a clock; an order sees all that was decided before it: what is read,
//             compared and written is one stage of one clock.
// Stall       never: no handshakes.
// Reset       synchronous, high: orders under way are forgotten, nothing is open, credit is full, every desk
//             is killed until the host says otherwise.  Limits stay what they were.
// Units       paise, shares, clocks; value = price * quantity; bands inclusive.
// Rules       those of dataplane/risk for one holder: a message costs w_cost clocks of credit, whatever
//             becomes of it; a clock gives one, to w_credit at most; cost 0: no limit.  A new limit cuts
//             what the last message left.  A limit of open value counts this order in.
// Corner      an order and a free_ of one desk in one clock: both count; the order is judged without
//             what is freed with it (the safe side).  A limit holds for orders of later clocks than
//             w_*; w_live and kill for those of the two clocks before it too.  free_* of more than is open
//             leaves nothing open, and free_over says so a clock later: dataplane/risk, which closes orders
//             and not values, cannot be told that.  Credit goes to 2^48 - 1 clocks.
// Not here    the top of the book: dataplane/risk does not look at it either.  Its limit price protection is a
//             band about a reference of trades: the host sends it as the band.
// Verified    sim/hw/risk.cpp: in bj_hw, by its registers, against dataplane/risk; hw/fv/prove_gate: from any
//             state, what is open never grows by a free_*
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_risk_gate #(
    parameter DB = 4, // desks, as a power of two
    parameter TB = 6, // tokens
    parameter CW = 48 // credit
) (
    input  wire          clk,
    input  wire          rst,
    input  wire          kill,       // everything
    // order
    input  wire          in_valid,
    input  wire [DB-1:0] in_desk,
    input  wire [TB-1:0] in_tok,
    input  wire   [30:0] in_price,
    input  wire   [30:0] in_qty,
    output reg           out_valid,
    output reg           out_pass,
    output reg     [5:0] out_why,    // {rate, open value, value, quantity, band, killed}
    // no longer open
    input  wire          free_valid,
    input  wire [DB-1:0] free_desk,
    input  wire   [61:0] free_value,
    output reg           free_over,  // a clock later: it was more than was open
    // limits
    input  wire          w_tok_en,
    input  wire [TB-1:0] w_tok,
    input  wire   [30:0] w_lo,
    input  wire   [30:0] w_hi,
    input  wire   [30:0] w_freeze,   // largest quantity of one order
    input  wire          w_desk_en,
    input  wire [DB-1:0] w_desk,
    input  wire          w_live,     // 0: killed
    input  wire   [30:0] w_qty,
    input  wire   [61:0] w_value,
    input  wire   [62:0] w_open,
    input  wire   [31:0] w_cost,
    input  wire [CW-1:0] w_credit,
    // for the host
    input  wire [DB-1:0] see_desk,
    output wire   [62:0] see_open
);
    localparam DESKS = 1 << DB;

    // --- clock 1: limits are fetched
    reg     [92:0] by_tok [0:(1<<TB)-1];
    reg [187+CW:0] by_desk [0:DESKS-1];
    reg     [92:0] t1;
    reg [187+CW:0] d1;
    reg            v1;
    reg  [DB-1:0] desk1;
    reg  [30:0] price1, qty1;
    always @(posedge clk) begin
        if (w_tok_en) by_tok[w_tok] <= {w_lo, w_hi, w_freeze};
        if (w_desk_en) by_desk[w_desk] <= {w_credit, w_qty, w_value, w_open, w_cost};
        t1     <= by_tok[in_tok];
        d1     <= by_desk[in_desk];
        desk1  <= in_desk;
        price1 <= in_price;
        qty1   <= in_qty;
        v1     <= in_valid && !rst;
    end

    // --- clock 2: band and quantity; the product
    reg           v2, band2, qty_bad2;
    reg    [61:0] value2, max2;
    reg    [62:0] open_max2;
    reg    [31:0] cost2;
    reg  [CW-1:0] most2;
    reg  [DB-1:0] desk2;
    always @(posedge clk) begin
        band2     <= price1 < t1[92:62] || price1 > t1[61:31] || price1 == 31'd0;
        qty_bad2  <= qty1 == 31'd0 || qty1 > t1[30:0] || qty1 > d1[187:157];
        value2    <= price1 * qty1;
        max2      <= d1[156:95];
        open_max2 <= d1[94:32];
        cost2     <= d1[31:0];
        most2     <= d1[188 +: CW];
        desk2     <= desk1;
        v2        <= v1 && !rst;
    end

    // --- clock 3: the value; nothing else, so that the next clock has only the read, compare and write
    reg           v3, band3, qty_bad3, value_bad3, kill3;
    reg    [61:0] value3;
    reg    [62:0] open_max3;
    reg    [31:0] cost3;
    reg  [CW-1:0] most3;
    reg  [DB-1:0] desk3;
    always @(posedge clk) begin
        band3      <= band2;
        qty_bad3   <= qty_bad2;
        value_bad3 <= value2 > max2;
        value3     <= value2;
        open_max3  <= open_max2;
        cost3      <= cost2;
        desk3      <= desk2;
        kill3      <= kill;
        most3      <= most2;
        v3         <= v2 && !rst;
    end

    // --- clock 4: exposure and rate, read, compared and written at once
    reg   [62:0] open [0:DESKS-1];
    reg [CW-1:0] credit [0:DESKS-1];  // left by the last message
    reg [CW-1:0] since [0:DESKS-1];   // clocks ago that was, to 2^CW - 1
    reg [DESKS-1:0] live;
    wire  [63:0] after    = {1'b0, open[desk3]} + {2'd0, value3};
    wire         open_bad = after > {1'b0, open_max3};
    wire  [CW:0] grown    = {1'b0, credit[desk3]} + {1'b0, since[desk3]};
    wire [CW-1:0] have    = grown < {1'b0, most3} ? grown[CW-1:0] : most3;
    wire         rate_bad = have < {{(CW-32){1'b0}}, cost3} && !`BJ_FAULT(22);
    wire   [5:0] why      = {rate_bad, open_bad, value_bad3, qty_bad3, band3,
                             (kill3 && !`BJ_FAULT(20)) || !live[desk3]};
    wire         pass     = why == 6'd0;
    // What is open changes of the order's desk and of that whose value is freed; they may be the same.
    wire         add      = v3 && (pass || `BJ_FAULT(21));
    wire         take     = free_valid && !`BJ_FAULT(23);
    wire  [61:0] came     = add && desk3 == free_desk ? value3 : 62'd0;
    wire  [64:0] left     = {2'd0, open[free_desk]} + {3'd0, came} - {3'd0, free_value};
    wire         over     = &left[64:63]; // below zero: more is freed than there is
    integer i;
    always @(posedge clk) begin
        free_over <= take && over && !rst;
        out_valid <= v3 && !rst && !(`BJ_FAULT(25) && !pass);
        out_why   <= why;
        out_pass  <= pass;
        for (i = 0; i < DESKS; i = i + 1) begin
            if (!(&since[i])) since[i] <= since[i] + 1'b1;
        end
        if (add) open[desk3] <= open[desk3] + {1'd0, value3};
        if (take) open[free_desk] <= over && !`BJ_FAULT(26) ? 63'd0 : left[62:0];
        if (w_desk_en) begin
            live[w_desk] <= w_live;
            if (credit[w_desk] > w_credit) credit[w_desk] <= w_credit;
        end
        if (v3 && cost3 != 32'd0) begin
            credit[desk3] <= rate_bad ? have : have - {{(CW-32){1'b0}}, cost3};
            since[desk3]  <= {{(CW-1){1'b0}}, 1'b1};
        end
        if (rst) begin
            live <= {DESKS{1'b0}};
            for (i = 0; i < DESKS; i = i + 1) begin
                open[i]   <= 63'd0;
                credit[i] <= {CW{1'b1}};
                since[i]  <= {CW{1'b1}};
            end
        end
    end
    assign see_open = open[see_desk];

`ifdef FORMAL
    // Desk 0: the others are the same.  What was open, let through and freed; a clock later, what is open.
    reg         past_ok = 1'b0;
    reg  [63:0] sum_was;
    reg  [61:0] free_was;
    reg         rst_was;
    always @(posedge clk) begin
        past_ok  <= 1'b1;
        rst_was  <= rst;
        sum_was  <= {1'b0, open[0]} + (v3 && pass && desk3 == 0 ? {2'd0, value3} : 64'd0);
        free_was <= free_valid && free_desk == 0 ? free_value : 62'd0;
    end
    always @* if (past_ok && !rst_was) begin
        assert ({1'b0, open[0]} == (sum_was < {2'd0, free_was} ? 64'd0 : sum_was - {2'd0, free_was}));
        assert ({1'b0, open[0]} <= sum_was);
    end
`endif
endmodule

`default_nettype wire
