# One makefile, no recursion. `make help` lists the verbs; SAN=address,undefined builds a second flavour beside the first.
SHELL    := /bin/bash
MAKEFLAGS += --no-builtin-rules
.SHELLFLAGS := -euo pipefail -c
comma    := ,
B        := build/$(or $(subst $(comma),-,$(SAN)),plain)
TESTED   := build/address-undefined
CC       := gcc
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wcast-qual -Wwrite-strings \
            -Wvla -Wswitch-enum
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE -D_FORTIFY_SOURCE=3
CFLAGS    = -std=gnu17 -D_GNU_SOURCE -O2 -g $(WARN) \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-maybe-uninitialized,$(HARDEN))
LDFLAGS  := -Wl$(comma)--as-needed $(if $(SAN),-fsanitize=$(SAN),-pie -Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now)
LDLIBS   := -lpq -ljson-c -ljwt -largon2 -lcrypto -lfcgi -lcurl
MIGRATION = $(shell ls sql/migrations | sed -n 's/^0*\([0-9]*\)_.*/\1/p' | sort -n | tail -1)
programs  = $(shell awk -F'[^A-Za-z_]+' '$$1 == "PROGRAM" && $$3 == "$(1)" { print $$2 }' lib/base/program.def)
SERVING  := $(call programs,REQUESTS)
WORKING  := $(call programs,NOTHING)
LIB      := $(wildcard lib/*/*.c) build/gen/sql.c cgi-bin/labels.c
HANDLERS := cgi-bin/routes.c $(foreach p,$(SERVING),$(wildcard cgi-bin/$(p)/*.c))
PRINTER  := $(wildcard cgi-bin/print/*.c)
UNIT     := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))
FUZZ     := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
REPLAY   := tests/fuzz/replay.c
GEN      := build/gen/locations.conf build/gen/errors.conf
PRINTED  := docs/openapi.json docs/openapi.yaml static/src/lib/api.gen.ts \
            docs/reference/routes.md docs/reference/errors.md docs/reference/settings.md docs/reference/metrics.md docs/reference/scopes.md docs/reference/jobs.md docs/reference/keys.md
obj       = $(patsubst %.c,$(B)/%.o,$(1))

run: need-run all $(GEN) web                     ## install what is missing, build, start, and print the address (two commands: run, test)
	@BIN=$(B)/bin ops/run
stop:                                            ## stop what `make run` started
	@ops/stop
status:                                          ## what runs, and whether it is healthy
	@ops/status
logs:                                            ## last log lines; FOLLOW=1 keeps following, SERVICE=api shows one
	@ops/logs $(SERVICE) $(if $(FOLLOW),-f)
reload: all $(GEN) web                           ## build, then take new programs, settings and pages without dropping a request
	@BIN=$(B)/bin ops/run
admin-link:                                      ## print a fresh one-time link for the first admin
	@ops/admin-link
doctor:                                          ## look for what is missing, too wide, too full or too old
	@ops/doctor
clean:                                           ## delete build/ and, when you say yes, everything under STATE_DIR
	@ops/clean && rm -rf build

test: need-test all $(GEN) web                   ## everything: lint, unit, SQL, HTTP, faults, outside tools (what CI runs)
	@tests/run lint unit fuzz sql http faults tls
check: need-test all                             ## the fast part of it, for the inner loop
	@tests/run lint unit fuzz sql
lint: need-test                                  ## layers, budgets, banned calls, headers, scripts, printed files
	@tests/lint/run
unit: $(UNIT:%=$(B)/test/%)                      ## unit tests of one flavour
	@tests/run-unit.sh $^
fuzz:                                            ## look for crashes in every parser; SECONDS_EACH=60
	@tests/fuzz/run find $(or $(SECONDS_EACH),60)
bench: need-test all $(GEN) web                  ## ratios against peers, in one run
	@tests/bench/run
docs: $(PRINTED)                                 ## print anew what is printed from the tables
all: $(addprefix $(B)/bin/,$(SERVING) $(WORKING) print bkg-audit)                    ## build every program
web: build/static/index.html                     ## build the pages
help:                                            ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | column -t -s $$'\t'

need-run need-test:
	@ops/install $(if $(filter need-run,$@),build,all)

$(addprefix $(B)/bin/,$(SERVING) print): $(B)/bin/%: $(call obj,cgi-bin/%.c $(HANDLERS)) $(B)/lib.a
$(B)/bin/print: $(call obj,$(PRINTER))
$(B)/bin/bkg-audit: $(call obj,cgi-bin/bkg-audit.c) $(B)/lib.a
$(foreach p,$(WORKING),$(eval $(B)/bin/$(p): $(call obj,cgi-bin/$(p).c $(wildcard cgi-bin/$(p)/*.c)) $(B)/lib.a))
$(UNIT:%=$(B)/test/%): $(B)/test/%: $(call obj,tests/unit/%.c $(HANDLERS)) $(B)/lib.a
$(UNIT:%=$(B)/test/%): LDLIBS += -lcmocka
$(B)/test/jobs_runner: $(call obj,tests/faults/jobs/runner.c) $(B)/lib.a
$(FUZZ:%=$(B)/fuzz/%): $(B)/fuzz/%: $(call obj,tests/fuzz/%_fuzz.c $(REPLAY) $(HANDLERS)) $(B)/lib.a
$(B)/lib/%.o $(B)/cgi-bin/%.o: WARN += -Wconversion
$(B)/lib.a: $(call obj,$(LIB)) # a program takes of it what it needs, and only the libraries that go with that
	@rm -f $@ && ar rcs $@ $^
$(B)/bin/% $(B)/test/% $(B)/fuzz/%:
	@mkdir -p $(@D) && echo "  LD  $@" && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(sort $(filter %.o,$^)) $(filter %.a,$^) $(LDLIBS)
$(B)/%.o: %.c | build/gen/sql.h
	@mkdir -p $(@D) && echo "  CC  $<" && $(CC) $(CFLAGS) -I. -I/usr/include/postgresql -MMD -MP -c -o $@ $<
build/gen/sql.c build/gen/sql.h: build/gen/sql.%: sql/sql2c.awk $(wildcard sql/queries/*.sql sql/migrations/*.sql)
	@mkdir -p $(@D) && awk -v part=$* -v migration=$(MIGRATION) -f $< $(filter sql/queries/%,$^) > $@.tmp && mv $@.tmp $@
$(GEN): build/gen/%: $(B)/bin/print
	@mkdir -p $(@D) && $< $(@F) > $@.tmp && mv $@.tmp $@
$(PRINTED): $(B)/bin/print
	@mkdir -p $(@D) && $< $(@F) > $@.tmp && mv $@.tmp $@ && echo "  PRINT $@"
build/static/index.html: static/package-lock.json $(shell find static -path '*/node_modules' -prune -o -type f -print)
	@node=$$(ops/node) && export PATH="$$node:$$PATH" && echo "  WEB" && \
	{ [ static/node_modules/.package-lock.json -nt static/package-lock.json ] || npm ci --prefix static --no-audit --no-fund --loglevel=error; } && \
	npm run --silent build --prefix static > build/web.log 2>&1 || { cat build/web.log; exit 1; } && touch $@

.PHONY: run stop status logs reload admin-link doctor clean test check lint unit fuzz bench docs all web help need-run need-test
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find build -name '*.d' 2>/dev/null)
