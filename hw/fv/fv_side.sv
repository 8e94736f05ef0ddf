//////////////////////////////////////////////////////////////////////////////
// Module      fv_side
// Purpose     bj_side beside an array: quantity by tick, the best level found by looking at all.
//             Proved by hw/fv/prove for every sequence of operations, without a bound on its length.
// Asserted    2 clocks behind every operation that is kept the top of the row is the array's best;
//             7 clocks behind, the row is the array's best K; between operations fv_holds.
// Assumed     what bj_book keeps: 8 clocks at least between operations; what is subtracted is there;
//             a level's sum fits; nothing is cleared while an operation is under way.
//////////////////////////////////////////////////////////////////////////////
`default_nettype none

module fv_side #(
    parameter K  = 2,
    parameter WB = 1,
    parameter BB = 1,
    parameter QW = 3,
    parameter TW = WB + BB,
    parameter OW = QW - 1,
    parameter EW = 1 + TW + TW + QW,
    parameter N  = 1 << TW
) (
    input wire          clk,
    input wire          rst, // in the first clock
    input wire          clear,
    input wire          op,
    input wire          sub,
    input wire [TW-1:0] sub_tick,
    input wire [OW-1:0] sub_qty,
    input wire          add,
    input wire [TW-1:0] add_tick,
    input wire [OW-1:0] add_qty,
    input wire          abort
);
    // --- the array
    reg [QW-1:0] level [0:N-1];
    reg    [3:0] age = 4'd8; // clocks since an operation
    reg          sub_q, add_q, kept;
    reg [TW-1:0] sub_at, add_at;
    reg [OW-1:0] sub_n, add_n;
    wire         clears = clear && age >= 4'd7 && !op;
    integer      i;
    initial for (i = 0; i < N; i = i + 1) level[i] = 0;
    always @(posedge clk) begin
        if (age != 4'd8) age <= age + 4'd1;
        if (op) begin
            age    <= 4'd1;
            sub_q  <= sub;
            add_q  <= add;
            sub_at <= sub_tick;
            add_at <= add_tick;
            sub_n  <= sub_qty;
            add_n  <= add_qty;
        end
        if (age == 4'd1) begin
            kept <= !abort;
            if (!abort)
                for (i = 0; i < N; i = i + 1)
                    level[i] <= level[i] - (sub_q && sub_at == i ? {1'b0, sub_n} : {QW{1'b0}})
                                         + (add_q && add_at == i ? {1'b0, add_n} : {QW{1'b0}});
        end
        if (rst || clears) for (i = 0; i < N; i = i + 1) level[i] <= 0;
        if (rst) age <= 4'd8;
    end
    reg [N*QW-1:0] all;
    reg [K*EW-1:0] best;
    reg   [K:0]    found; // so many before this tick, one hot; K stays
    integer        k;
    always @* begin
        best  = 0;
        found = 1;
        for (i = 0; i < N; i = i + 1) begin
            all[QW*i +: QW] = level[i];
            if (level[i] != 0) begin
                for (k = 0; k < K; k = k + 1)
                    if (found[k]) best[EW*k +: EW] = {1'b1, i[TW-1:0], i[TW-1:0], level[i]};
                found = {found[K] | found[K-1], found[K-2:0], 1'b0};
            end
        end
    end

    // --- the design
    wire            top_valid, deep_valid, holds;
    wire      [6:1] phase;
    wire [K*EW-1:0] top_row, deep_row;
    bj_side #(.TB(1), .WB(WB), .BB(BB), .K(K), .KW(TW), .QW(QW), .OW(OW)) dut (
        .clk(clk), .rst(rst), .clear_all(1'b0), .clear_en(clears), .clear_tok(1'b0), .pf_en(1'b1),
        .pf_tok(1'b0), .op_valid(op), .op_tok(1'b0), .op_sub(sub), .op_sub_key(sub_tick),
        .op_sub_tick(sub_tick), .op_sub_qty(sub_qty), .op_add(add), .op_add_key(add_tick),
        .op_add_qty(add_qty), .op_add_tick(add_at), .op_abort(abort), .top_valid(top_valid),
        .top_row(top_row), .deep_valid(deep_valid), .deep_row(deep_row), .fv_qty(all),
        .fv_row(best), .fv_holds(holds), .fv_phase(phase));

    // --- what may be assumed
    reg started = 1'b0;
    always @(posedge clk) started <= 1'b1;
    always @* begin
        assume (started != rst); // in flight: see sim/hw
        assume (!op || age == 4'd8);
        assume (!op || !rst);
        assume (!(op && sub) || (sub_qty != 0 && level[sub_tick] >= {1'b0, sub_qty}));
        assume (!(op && add) || add_qty != 0);
        assume (!(op && add) || {1'b0, level[add_tick]} + {2'b00, add_qty} < {1'b1, {QW{1'b0}}});
    end

    // --- what is asserted
    reg row_same;
    always @* begin
        row_same = 1'b1;
        for (i = 0; i < K; i = i + 1)
            if (deep_row[EW*i+EW-1] != best[EW*i+EW-1] ||
                (best[EW*i+EW-1] && deep_row[EW*i +: EW] != best[EW*i +: EW])) row_same = 1'b0;
    end
    always @* if (started) begin
        if (top_valid && kept && !rst)
            assert (top_row[EW-1] == best[EW-1] && (!best[EW-1] || top_row[EW-1:0] == best[EW-1:0]));
        assert (top_valid == (age == 4'd2) && deep_valid == (age == 4'd7));
        assert (phase == (age >= 4'd1 && age <= 4'd6 ? 6'd1 << (age - 4'd1) : 6'd0));
        assert (age != 4'd0 && age <= 4'd8);
        if (deep_valid && kept && !rst) assert (row_same);
        if (age == 4'd8) assert (holds);
    end
endmodule

`default_nettype wire
