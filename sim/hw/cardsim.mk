# sim/hw/cardsim.mk - bijli-cardsim: the design as a card beside the dataplane (`make run BOOK=sim`).  Needs
# verilator and g++ (deploy/dev/packages-book.txt).  From the root: make -f sim/hw/cardsim.mk
#
# The design as hw/Makefile builds it for the registers' bench, with its seeded faults, which the program can
# be told to have: what finds a wrong card must be seen to find one.

OUT := build/hw/cardsim
RTL := hw/rtl/bj_hw.sv $(filter-out hw/rtl/bj_hw.sv,$(wildcard hw/rtl/*.sv))
LIBS := $(addprefix build/gcc/lib/,bj_cardsim.a bj_hw.a bj_feed.a bj_book.a bj_market.a bj_base.a)
Q := $(if $(V),,@)

build/gcc/bin/bijli-cardsim: $(RTL) hw/rtl/bj_fault.svh hw/regs hw/regs.tbl sim/hw/dut.cpp sim/hw/bj_hw_dut.h \
                             $(OUT)/libs sim/hw/cardsim.mk
	@rm -rf $(OUT)/obj && mkdir -p $(OUT)/obj $(@D)
	@echo '  hw   $@'
	$(Q)hw/regs decoder >$(OUT)/bj_regs.svh && hw/regs header >$(OUT)/bj_hw_regs.h
	$(Q)verilator -Wno-fatal --cc --exe --build -j 2 -O3 --output-split 0 --x-assign fast --x-initial fast \
	    --noassert -DBJ_FAULTS -Ihw/rtl -I$(OUT) --Mdir $(OUT)/obj --prefix Vbj_hw --top-module bj_hw \
	    -GTB=6 -GOB=10 -o $(abspath $@).new \
	    -CFLAGS '-std=c++17 -O2 -Wall -I$(CURDIR) -I$(abspath $(OUT))' \
	    -LDFLAGS '-Wl,--start-group $(abspath $(LIBS)) -Wl,--end-group -ljansson' \
	    $(RTL) $(abspath sim/hw/dut.cpp) >$(OUT)/log 2>&1 || { cat $(OUT)/log; exit 1; }
	@mv $@.new $@

# The dataplane's own libraries, looked at by their content: a build that changed nothing changes nothing here.
$(OUT)/libs: FORCE
	@mkdir -p $(OUT)
	$(Q)$(MAKE) -s --no-print-directory -f Makefile $(LIBS)
	@cat $(LIBS) | cksum >$@.new; cmp -s $@.new $@ || cp $@.new $@
FORCE:
