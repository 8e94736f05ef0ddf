//////////////////////////////////////////////////////////////////////////////
// Module      bj_arb
// Purpose     One stream from two sources that send the same, by sequence number: each message
//             once and in order, and a word when that cannot be had.
// Interface   m_*: a good message or heartbeat of the exchange, one clock.  take, restart, gap: in
//             the same clock.
// Latency     0 clocks.
// Throughput  one message a clock.
// Stall       never: it keeps no message.
// Reset       synchronous, high: waits for sequence 1 again, and whatever comes first is believed.
// Rules       the next number is taken; what is below is a copy (dup).  What is above is passed over
//             until the other source brings what is missing: the slower source leads from then on,
//             until it loses something or the faster one falls silent.  Both above, or nothing for
//             cfg_wait clocks: gap, and the number goes on from what is there.  A heartbeat says
//             which number was the last.
//             Sequence 1 from a source that has been beyond cfg_far begins the stream again
//             (disaster recovery): restart, whichever source says so first; the other one's numbers
//             count for nothing until it has sent 1 too.  From nearer than that, 1 is a copy.
// Corner      the first message after reset is taken whatever its number, with a gap unless it is 1.
// Verified    sim/hw: against a model of these rules (model.hpp)
//////////////////////////////////////////////////////////////////////////////
`include "bj_fault.svh"
`default_nettype none

module bj_arb (
    input  wire         clk,
    input  wire         rst,
    input  wire  [31:0] cfg_far,  // messages
    input  wire  [31:0] cfg_wait, // clocks
    input  wire         m_valid,  // good, and not the host's
    input  wire         m_source,
    input  wire         m_beat,   // a heartbeat
    input  wire  [31:0] m_seq,
    output wire         take,     // a message, not a heartbeat
    output wire         restart,  // with take
    output wire         gap,      // before this message something is missing
    output wire         dup,
    output wire         late,     // of a source that has not begun again
    output reg   [31:0] next_seq
);
    reg         begun;
    reg   [1:0] run;              // of each source; the stream's is `now`
    reg         now;
    reg  [31:0] last [0:1];       // the highest number of each source in its run
    reg   [1:0] above;            // sources that have been above next_seq since it moved
    reg  [31:0] waited;

    // A heartbeat asks for the number behind its own.
    wire [31:0] seq     = m_beat ? m_seq + 32'd1 : m_seq;
    wire        first   = !m_beat && m_seq == 32'd1 &&
                          (last[m_source] > cfg_far || run[m_source] != now);
    wire        my_run  = run[m_source] ^ first;
    wire        leads   = first && run[m_source] == now;
    assign late    = m_valid && !leads && my_run != now && !`BJ_FAULT(1);
    wire        mine    = m_valid && !late;
    wire        ahead   = begun && !leads && seq > next_seq;
    wire        patient = ahead && !above[!m_source] && waited < cfg_wait;
    assign restart = mine && leads;
    assign gap     = mine && (begun ? ahead && !patient : !m_beat && m_seq != 32'd1);
    assign dup     = mine && !m_beat && begun && !leads &&
                     seq + (`BJ_FAULT(2) ? 32'd1 : 32'd0) < next_seq;
    assign take    = mine && !m_beat && !dup && !patient;

    always @(posedge clk) begin
        if (|above && waited != 32'hffffffff) waited <= waited + 32'd1;
        if (m_valid) begin
            if (!m_beat) begin
                run[m_source] <= my_run;
                if (first || m_seq > last[m_source]) last[m_source] <= m_seq;
            end
            if (restart) now <= my_run;
        end
        if (take || gap) begin
            next_seq <= m_beat ? seq : m_seq + 32'd1;
            begun    <= 1'b1;
            above    <= 2'd0;
            waited   <= 32'd0;
        end else if (mine && patient) begin
            above[m_source] <= 1'b1;
        end
        if (rst) begin
            begun    <= 1'b0;
            run      <= 2'd0;
            now      <= 1'b0;
            last[0]  <= 32'd0;
            last[1]  <= 32'd0;
            next_seq <= 32'd1;
            above    <= 2'd0;
            waited   <= 32'd0;
        end
    end
endmodule

`default_nettype wire
