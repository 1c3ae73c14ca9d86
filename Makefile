# One makefile, no recursion. `make help` lists the verbs; SAN=address,undefined builds a second flavour beside the first.
SHELL    := /bin/bash
.SHELLFLAGS := -euo pipefail -c
comma    := ,
B        := build/$(or $(subst $(comma),-,$(SAN)),plain)
CC       := gcc
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wcast-qual -Wwrite-strings \
            -Wvla -Wswitch-enum
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE -D_FORTIFY_SOURCE=2
CFLAGS   := -std=gnu17 -D_GNU_SOURCE -O2 -g $(WARN) \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-maybe-uninitialized,$(HARDEN))
LDFLAGS  := $(if $(SAN),-fsanitize=$(SAN),-pie -Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now)
LDLIBS   := -lpq -ljson-c -ljwt -largon2 -lcrypto -lfcgi -lm
PROGRAMS := $(patsubst cgi-bin/%.c,%,$(filter-out cgi-bin/routes.c,$(wildcard cgi-bin/*.c)))
LIB      := $(wildcard lib/*/*.c) build/gen/sql.c
MIGRATION = $(shell ls sql/migrations | sed -n 's/^0*\([0-9]*\)_.*/\1/p' | sort -n | tail -1)
HANDLERS := cgi-bin/routes.c $(wildcard cgi-bin/api/*.c cgi-bin/auth/*.c)
PRINTER  := $(wildcard cgi-bin/print/*.c)
UNIT     := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))
obj       = $(patsubst %.c,$(B)/%.o,$(1))

all: $(PROGRAMS:%=$(B)/bin/%)                    ## build every program
$(PROGRAMS:%=$(B)/bin/%): $(B)/bin/%: $(call obj,cgi-bin/%.c $(HANDLERS) $(LIB))
$(B)/bin/print: $(call obj,$(PRINTER))
$(UNIT:%=$(B)/test/%): $(B)/test/%: $(call obj,tests/unit/%.c $(HANDLERS) $(LIB))
$(UNIT:%=$(B)/test/%): LDLIBS += -lcmocka
$(B)/bin/% $(B)/test/%:
	@mkdir -p $(@D) && echo "  LD  $@" && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/%.o: %.c | build/gen/sql.h
	@mkdir -p $(@D) && echo "  CC  $<" && $(CC) $(CFLAGS) -I. -I/usr/include/postgresql -MMD -MP -c -o $@ $<

build/gen/sql.%: sql/sql2c.awk $(wildcard sql/queries/*.sql sql/migrations/*.sql)
	@mkdir -p $(@D) && awk -v part=$* -v migration=$(MIGRATION) -f $< $(filter sql/queries/%,$^) > $@.tmp && mv $@.tmp $@

GEN      := build/gen/locations.conf build/gen/errors.conf
$(GEN): build/gen/%: $(B)/bin/print
	@mkdir -p $(@D) && $< $(@F) > $@.tmp && mv $@.tmp $@

unit: $(UNIT:%=$(B)/test/%)                      ## unit tests
	@tests/run-unit.sh $^
help:                                            ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | sort | column -t -s $$'\t'
.PHONY: all unit help
.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
