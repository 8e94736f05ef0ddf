# Bijli.  `make help` lists what you can ask for.
#
# A module is a folder with a Local.mk of a few lines: which sources make its library, which programs,
# tests, fuzz targets and benchmarks stand beside them.  The rules they call are in mk/rules.mk.
# EXTRAS picks an instrumented build in a directory of its own: asan, tsan, fuzz (clang), or none.

CC     := $(if $(filter default,$(origin CC)),gcc,$(CC))
EXTRAS ?=
B      := build/$(CC)$(addprefix -,$(EXTRAS))

.PHONY: all check fuzz web clean help
all:

include mk/rules.mk
include $(wildcard dataplane/*/Local.mk controlplane/*/Local.mk sim/*/Local.mk tests/*/Local.mk)

# What a person types.  These live in deploy/ and tests/: the Makefile only names them.
.PHONY: install run stop status logs test bench soak security tidy coverage sbom outdated print-tests print-benches
install:      ; @deploy/dev/install
run:          ; @deploy/dev/up
stop:         ; @deploy/dev/down
status:       ; @deploy/dev/status
logs:         ; @deploy/dev/logs/read
test:         ; @tests/run
bench:        ; @tests/bench
soak:         ; @tests/soak
security:     ; @tests/security
tidy:         ; @contrib/tidy && contrib/layers && contrib/crypto-uses
coverage:     ; @contrib/coverage
sbom: all
	@contrib/sbom
outdated: all
	@contrib/outdated
web:          ; @deploy/dev/build-web
clean:        ; rm -rf build web/dist
print-tests:  ; @echo $(TESTS)
print-benches: ; @echo $(BENCHES)

help:
	@echo 'make run      install what is missing, build, start everything, say where to go'
	@echo '              BOOK=sim: the book in hardware, simulated, beside the one in C;  VENUE=nse: orders by NNF'
	@echo '              BIJLI_HOST=NAME BIJLI_CERT=FILE BIJLI_KEY=FILE: under a public name'
	@echo 'make stop     take all of it down again; nothing is left behind'
	@echo 'make status   what runs, in one screen'
	@echo 'make logs     what all services have said, as one, a JSON object a line'
	@echo 'make test     the whole suite: unit, sanitizers, fuzz, integration, browser'
	@echo 'make bench    the figures, one a line: name value unit'
	@echo 'make coverage how much of books and matching the tests reach'
	@echo 'make soak     the long campaigns: an hour of fuzzing, kill loops'
	@echo 'make security other people'\''s tools against a running world: testssl.sh, sqlmap, slowhttptest'
	@echo 'make sbom     the bill of materials, CycloneDX;  make outdated  which of it waits for an update, and for how long it may'
	@echo 'make          build only      make check  unit tests of this build only'
	@echo 'make EXTRAS=asan check        the same under a sanitizer (asan, tsan)'
