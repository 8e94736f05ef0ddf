# The register's addresses: a header made from hw/regs.tbl, as the design's decoder is.
HW_GEN := $(B)/gen/hw
$(HW_GEN)/bj_hw_regs.h: hw/regs hw/regs.tbl
	@mkdir -p $(@D)
	$(Q)hw/regs header >$@.new && mv $@.new $@
HW_BOOK := dataplane/hw/bj_hw_book.c dataplane/hw/bj_hw_load.c dataplane/hw/bj_hw_mirror.c \
    dataplane/hw/bj_hw_setup.c
$(call lib,bj_hw,$(HW_BOOK) dataplane/hw/bj_hw_link.c,)
$(call test,test_bj_hw_link,dataplane/hw/test_bj_hw_link.c,bj_hw bj_feed bj_book bj_market bj_base,)
$(call test,test_bj_hw_book,dataplane/hw/test_bj_hw_book.c,bj_hw bj_feed bj_book bj_market bj_base,)
$(patsubst %.c,$(B)/%.o,$(HW_BOOK) dataplane/hw/test_bj_hw_book.c): CFLAGS += -I$(HW_GEN)
$(patsubst %.c,$(B)/%.o,$(HW_BOOK) dataplane/hw/test_bj_hw_book.c): | $(HW_GEN)/bj_hw_regs.h
