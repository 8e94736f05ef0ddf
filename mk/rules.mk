# What a Local.mk may call.  Sources are paths from the root; LIBS are names of our own libraries;
# PKGS are names from the table below.
#
#   $(call lib,NAME,SOURCES,PKGS)          $(B)/lib/NAME.a
#   $(call so,NAME,SOURCES,VERSION)        $(B)/lib/NAME.so       built by `make`; all it needs inside;
#                                          with a VERSION a link to NAME.so.VERSION, its soname
#   $(call bin,NAME,SOURCES,LIBS,PKGS)     $(B)/bin/NAME          built by `make`
#   $(call test,NAME,SOURCES,LIBS,PKGS)    $(B)/test/NAME         run by `make check`
#   $(call bench,NAME,SOURCES,LIBS,PKGS)   $(B)/bench/NAME        run by `make bench`
#   $(call fuzz,NAME,SOURCES,LIBS,PKGS)    $(B)/fuzz/NAME         only with EXTRAS=fuzz CC=clang
#
# A library names the PKGS it compiles and links with; whoever links the library gets them too.

# --- outside libraries: pkg-config name, or flags where the package has no .pc file
PC_dpdk    := libdpdk
PC_lwip    := lwip
PC_pq      := libpq
PC_redis   := hiredis
PC_nats    := libnats
PC_ssl     := openssl
PC_lws     := libwebsockets
PC_jansson := jansson
PC_curl    := libcurl
PC_argon2  := libargon2
PC_qrencode := libqrencode
PC_fido2   := libfido2
PC_cbor    := libcbor
PC_seccomp := libseccomp
PC_z       := zlib
PC_pcap    := libpcap
PC_lzo     := lzo2
PC_pangocairo := pangocairo cairo-pdf
LD_ev      := -lev
LD_crack   := -lcrack
LD_pthread := -pthread
LD_m       := -lm
LD_dl      := -ldl

# Asked once each, and only if something needs it.
pkg_cflags = $(if $(PC_$(1)),$(if $(filter undefined,$(origin PCF_$(1))),$(eval PCF_$(1) := \
    $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PC_$(1)) 2>/dev/null))))$(PCF_$(1)))
pkg_libs = $(if $(PC_$(1)),$(if $(filter undefined,$(origin PCL_$(1))),$(eval PCL_$(1) := \
    $(shell pkg-config --libs $(PC_$(1)) 2>/dev/null)))$(PCL_$(1)),$(LD_$(1)))

CFLAGS := -std=c17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror \
          -fno-strict-aliasing -MMD -MP -I. -msse4.2
LDFLAGS := -pthread -Wl,-z,relro,-z,now
# What faces the network is built to stop at a buffer overrun; the hot rooms are not made slower for it.
ifeq (,$(EXTRAS))
$(B)/controlplane/%.o: CFLAGS += -fstack-protector-strong -D_FORTIFY_SOURCE=2
endif
ifneq (,$(filter asan,$(EXTRAS)))
CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif
ifneq (,$(filter tsan,$(EXTRAS)))
CFLAGS  += -fsanitize=thread
LDFLAGS += -fsanitize=thread
endif
ifneq (,$(filter cov,$(EXTRAS))) # every line and branch counted; assertions are not code to cover
CFLAGS  += --coverage -O0 -DNDEBUG -Wno-unused
LDFLAGS += --coverage
endif
ifneq (,$(filter strict,$(EXTRAS))) # every invariant looked at after every command
CFLAGS  += -DBJ_CHECK_INVARIANTS
endif
ifneq (,$(filter fuzz,$(EXTRAS)))
CFLAGS  += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=address,undefined
endif

Q := $(if $(V),,@) # V=1 shows the commands

objs = $(patsubst %.c,$(B)/%.o,$(1))
# All libraries a program links, with the PKGS they bring.
lib_pkgs = $(sort $(foreach l,$(1),$(LIBPKGS_$(l))))
lib_files = $(patsubst %,$(B)/lib/%.a,$(1))

define lib_rule
LIBPKGS_$(1) := $(3)
SOURCES_$(1) := $(2)
$(call objs,$(2)): PKGS := $(3)
$(B)/lib/$(1).a: $(call objs,$(2))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
lib = $(eval $(call lib_rule,$(strip $(1)),$(2),$(3)))

# Objects of their own: position-independent, and only what is marked for it is visible.
define so_rule
all: $(B)/lib/$(1).so
$(B)/lib/$(1).so: $(patsubst %.c,$(B)/pic/%.o,$(2))
	@mkdir -p $$(@D)
	@echo '  ld   $$@'
	$$(Q)$$(CC) -shared -Wl,-soname,$(1).so$(3) $$(LDFLAGS) $$^ -o $$@$(3)
	$$(Q)$(if $(3),ln -sf $(1).so$(3) $$@)
endef
so = $(eval $(call so_rule,$(strip $(1)),$(2),$(addprefix .,$(strip $(3)))))

# $(1) folder  $(2) name  $(3) sources  $(4) libs  $(5) pkgs  $(6) extra link flags
define prog_rule
$(call objs,$(3)): PKGS = $$(sort $(5) $$(call lib_pkgs,$(4)))
$(B)/$(1)/$(2): $(call objs,$(3)) $(call lib_files,$(4))
	@mkdir -p $$(@D)
	@echo '  ld   $$@'
	$$(Q)$$(CC) $$(LDFLAGS) $(6) $(call objs,$(3)) -Wl,--start-group $(call lib_files,$(4)) -Wl,--end-group \
	    $$(foreach p,$$(sort $(5) $$(call lib_pkgs,$(4))),$$(call pkg_libs,$$(p))) -o $$@
endef

define bin_rule
all: $(B)/bin/$(1)
$(call prog_rule,bin,$(1),$(2),$(3),$(4),)
endef
bin = $(eval $(call bin_rule,$(strip $(1)),$(2),$(3),$(4)))

TESTS :=
define test_rule
TESTS += $(1)
check: $(B)/test/$(1).ok
$(B)/test/$(1).ok: $(B)/test/$(1)
	@./$$< 2>$(B)/test/$(1).log || { tail -n 100 $(B)/test/$(1).log >&2; exit 1; }
	@touch $$@
$(call prog_rule,test,$(1),$(2),$(3),$(4),)
endef
test = $(eval $(call test_rule,$(strip $(1)),$(2),$(3),$(4)))

BENCHES :=
define bench_rule
BENCHES += $(1)
bench-build: $(B)/bench/$(1)
$(call prog_rule,bench,$(1),$(2),$(3),$(4),)
endef
bench = $(eval $(call bench_rule,$(strip $(1)),$(2),$(3),$(4)))

FUZZES :=
ifneq (,$(filter fuzz,$(EXTRAS)))
define fuzz_rule
FUZZES += $(1)
fuzz: $(B)/fuzz/$(1)
$(call prog_rule,fuzz,$(1),$(2),$(3),$(4),-fsanitize=fuzzer)
endef
fuzz = $(eval $(call fuzz_rule,$(strip $(1)),$(2),$(3),$(4)))
else
fuzz =
endif

.PHONY: bench-build print-fuzzes
print-fuzzes: ; @echo $(FUZZES)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  cc   $<'
	$(Q)$(CC) $(CFLAGS) $(foreach p,$(PKGS),$(call pkg_cflags,$(p))) -c $< -o $@
$(B)/pic/%.o: %.c
	@mkdir -p $(@D)
	@echo '  cc   $< (pic)'
	$(Q)$(CC) $(CFLAGS) -fPIC -fvisibility=hidden -c $< -o $@
-include $(shell find $(B) -name '*.d' 2>/dev/null)
