# SPDX-License-Identifier: GPL-2.0-or-later
#
# purple-tinode: one Makefile, non-recursive, everything it makes goes under $(B).
# `make help` lists the targets. CC, CFLAGS, LDFLAGS, DESTDIR, PREFIX are honoured.

B       ?= build
VERSION := 0.1.0

CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
DESTDIR ?=
DEPS    ?= yes
SERVER  ?=
SECONDS ?= 60

PKG_CONFIG ?= pkg-config

WARNINGS := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition \
            -Wshadow -Wformat=2 -Wpointer-arith -Wwrite-strings -Wundef -Wvla -fno-common
ifeq ($(WERROR),yes)
WARNINGS += -Werror
endif
ifeq ($(SANITIZE),yes)
INSTRUMENT := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
ifeq ($(COVERAGE),yes)
INSTRUMENT := --coverage -O0
endif

# Every folder is compiled with its own packages and nothing else; tests/check-walls.sh proves it.
pkgs_receipts := glib-2.0
pkgs_protocol := glib-2.0 gio-2.0 gmodule-no-export-2.0 jansson libwebsockets
pkgs_plugin   := glib-2.0 gmodule-no-export-2.0 purple
pkgs_server   := glib-2.0 gio-2.0 gio-unix-2.0 jansson
pkgs_host     := purple glib-2.0 gio-2.0 gio-unix-2.0 jansson
pkgs_tests    := purple glib-2.0 gio-2.0 gio-unix-2.0 jansson libwebsockets cmocka

# Headers of packages are not ours to warn about.
cflags_of = $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null))
libs_of   = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

ALL_CFLAGS := -std=gnu11 -fPIC -fvisibility=hidden $(WARNINGS) $(CFLAGS) $(INSTRUMENT) \
              -DGLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_66 \
              -DGLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74 \
              -DTINODE_VERSION='"$(VERSION)"' -DGETTEXT_PACKAGE='"purple-tinode"' \
              -DTINODE_LOCALE_DIR='"$(PREFIX)/share/locale"'
ALL_LDFLAGS := $(LDFLAGS) $(INSTRUMENT)

PLUGIN_DIR = $(shell $(PKG_CONFIG) --variable=plugindir purple 2>/dev/null)
DATA_DIR   = $(shell $(PKG_CONFIG) --variable=datadir purple 2>/dev/null)

# Sources ---------------------------------------------------------------------------------------

src_receipts := $(sort $(wildcard receipts/*.c))
src_protocol := $(sort $(wildcard protocol/*.c))
src_plugin   := $(sort $(wildcard plugin/*.c))
src_server   := $(sort $(filter-out tests/server/test-%,$(wildcard tests/server/*.c)))
src_host     := $(sort $(filter-out tests/host/test-%,$(wildcard tests/host/*.c)))
src_fake     := $(sort $(filter-out tests/purple/test-%,$(wildcard tests/purple/*.c)))

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

obj_receipts := $(call objects,$(src_receipts))
obj_protocol := $(call objects,$(src_protocol))
obj_plugin   := $(call objects,$(src_plugin))
obj_server   := $(call objects,$(src_server))
obj_host     := $(call objects,$(src_host))
obj_fake     := $(call objects,$(src_fake))

PLUGIN   := $(B)/plugin/libtinode.so
LOOPBACK := $(B)/tests/tinode-loopback
HOST     := $(B)/tests/purple-host

unit_tests := $(patsubst %.c,$(B)/%,$(sort \
    $(wildcard tests/receipts/test-*.c tests/protocol/test-*.c tests/purple/test-*.c \
               tests/model/test-*.c)))
program_tests := $(patsubst %.c,$(B)/%,$(sort \
    $(wildcard tests/server/test-*.c tests/host/test-*.c)))

ICON_SIZES := 16 22 48
icons      := $(ICON_SIZES:%=$(B)/icons/%/tinode.png)

# Building --------------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all demo try-pidgin try-finch check check-run check-asan check-valgrind check-e2e \
        check-server fuzz soak bench coverage lint tools screenshots install uninstall \
        install-user deb dist clean help deps pot format

all: $(PLUGIN) $(icons) ## the protocol plugin and its icons

tools: $(LOOPBACK) $(HOST) ## the loopback server and the headless libpurple host

$(PLUGIN): $(obj_plugin) $(obj_protocol) $(obj_receipts) plugin/libtinode.map
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) -shared $(ALL_LDFLAGS) -Wl,-z,defs -Wl,--version-script=plugin/libtinode.map -o $@ \
	    $(filter %.o,$^) $(call libs_of,$(pkgs_plugin) $(pkgs_protocol))
ifeq ($(SANITIZE),yes)
# The sanitizer's symbols come from the program that loads the plugin.
$(PLUGIN): ALL_LDFLAGS += -Wl,-z,undefs
endif

$(LOOPBACK): $(obj_server)
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call libs_of,$(pkgs_server))

$(HOST): $(obj_host)
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) $(ALL_LDFLAGS) -rdynamic -o $@ $^ $(call libs_of,$(pkgs_host))

compile = @mkdir -p $(@D) && echo "  cc    $<" && $(if $(V),set -x;) \
    $(CC) $(ALL_CFLAGS) $(1) $(call cflags_of,$(2)) -MMD -MP -c -o $@ $<

$(B)/obj/receipts/%.o: receipts/%.c
	$(call compile,,$(pkgs_receipts))
$(B)/obj/protocol/%.o: protocol/%.c
	$(call compile,,$(pkgs_protocol))
$(B)/obj/plugin/%.o: plugin/%.c
	$(call compile,-I.,$(pkgs_plugin))
$(B)/obj/tests/server/%.o: tests/server/%.c
	$(call compile,,$(pkgs_server))
$(B)/obj/tests/host/%.o: tests/host/%.c
	$(call compile,,$(pkgs_host))
$(B)/obj/tests/%.o: tests/%.c
	$(call compile,-I. -DTEST_DATA_DIR='"$(CURDIR)/tests/data"' -DTEST_BUILD_DIR='"$(abspath $(B))"',$(pkgs_tests))

$(B)/icons/%/tinode.png: icons/tinode.svg
	@mkdir -p $(@D)
	rsvg-convert -w $* -h $* -o $@ $<

# Tests -----------------------------------------------------------------------------------------

support = $(call objects,$(sort $(wildcard $(1)/support-*.c)))
link_test = @mkdir -p $(@D) && $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(call libs_of,$(1))

$(B)/tests/receipts/%: $(B)/obj/tests/receipts/%.o $(obj_receipts) $(call support,tests/receipts)
	$(call link_test,glib-2.0 cmocka) -lm
$(B)/tests/model/%: $(B)/obj/tests/model/%.o $(obj_receipts) $(call support,tests/model)
	$(call link_test,glib-2.0 cmocka) -lm
$(B)/tests/protocol/%: $(B)/obj/tests/protocol/%.o $(obj_protocol) $(call support,tests/protocol)
	$(call link_test,$(pkgs_protocol) gio-unix-2.0 cmocka)
# On a fake libpurple and a fake transport: neither the real library nor a socket is linked.
$(B)/tests/purple/test-%: $(B)/obj/tests/purple/test-%.o $(obj_plugin) $(obj_receipts) $(obj_fake) \
                          $(filter-out $(B)/obj/protocol/tn-transport-lws%,$(obj_protocol))
	$(call link_test,$(filter-out libwebsockets,$(pkgs_protocol)) cmocka)
$(B)/tests/server/test-%: $(B)/obj/tests/server/test-%.o | $(LOOPBACK)
	$(call link_test,$(pkgs_server) cmocka)
$(B)/tests/host/test-%: $(B)/obj/tests/host/test-%.o | $(HOST)
	$(call link_test,$(pkgs_host) cmocka)

deps: ## install the packages that are missing (Debian, Ubuntu), or name them
ifeq ($(DEPS),yes)
	@tests/install-packages.sh
endif

# The second make reads the flags of packages that the first one may have installed.
check: deps ## every test but the long ones, under five minutes
	@$(MAKE) --no-print-directory DEPS=no check-run

check-run: all tools $(unit_tests) $(program_tests)
	@tests/run.sh $(B)

check-asan: deps ## the same under AddressSanitizer and UndefinedBehaviorSanitizer
	@STORY_DEADLINE=45 TEST_TIMEOUT=600 $(MAKE) --no-print-directory DEPS=no SANITIZE=yes \
	    B=$(B)/asan CFLAGS="-O1 -g" check-run

demo: deps ## two real libpurple processes and a loopback server tell the story of receipts
	@$(MAKE) --no-print-directory DEPS=no all tools
	@tests/demo/demo.py $(B)

try-pidgin try-finch: ## the real client on a throw-away profile, with a friend that answers
ifeq ($(DEPS),yes)
	@tests/install-packages.sh $(@:try-%=%)
endif
	@$(MAKE) --no-print-directory DEPS=no all tools
	@tests/demo/try.py $(B) $(@:try-%=%)

# Looking after the source -----------------------------------------------------------------------

c_files := $(sort $(wildcard receipts/*.[ch] protocol/*.[ch] plugin/*.[ch] tests/*/*.[ch]))
scripts := tests/install-packages.sh tests/run.sh tests/check-walls.sh .ci/run

lint: ## format, static analysis, scripts; installs its tools
ifeq ($(DEPS),yes)
	@tests/install-packages.sh clang-format cppcheck shellcheck gettext
endif
	clang-format --dry-run -Werror $(c_files)
	cppcheck --quiet --error-exitcode=1 --std=c11 --library=gtk --enable=warning,performance,portability \
	    --inline-suppr --suppressions-list=tests/cppcheck.supp -j 2 receipts protocol plugin
	shellcheck $(scripts)
	@mkdir -p $(B)
	$(make_pot) > $(B)/purple-tinode.pot
	diff -u plugin/po/purple-tinode.pot $(B)/purple-tinode.pot
	python3 -m py_compile tests/support/*.py tests/stories/*.py tests/demo/*.py

format: ## rewrite the C files as .clang-format wants them
	clang-format -i $(c_files)

# No places and no date in it: it changes only when a sentence does.
make_pot = xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=ngettext:1,2 \
    --add-comments=Translators --package-name=purple-tinode --no-location \
    --copyright-holder='the purple-tinode authors' -o - $(src_plugin) | \
    sed -e '/POT-Creation-Date/d' -e 's/charset=CHARSET/charset=UTF-8/'

pot: ## collect the sentences for translators
	@mkdir -p plugin/po
	$(make_pot) > plugin/po/purple-tinode.pot

# Installing ------------------------------------------------------------------------------------

install: all ## into the folders that libpurple looks in (DESTDIR is honoured)
	install -D -m 644 $(PLUGIN) $(DESTDIR)$(PLUGIN_DIR)/libtinode.so
	for size in $(ICON_SIZES); do \
	    install -D -m 644 $(B)/icons/$$size/tinode.png \
	        $(DESTDIR)$(DATA_DIR)/pixmaps/pidgin/protocols/$$size/tinode.png || exit 1; \
	done
	install -D -m 644 icons/tinode.svg \
	    $(DESTDIR)$(DATA_DIR)/pixmaps/pidgin/protocols/scalable/tinode.svg

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PLUGIN_DIR)/libtinode.so \
	    $(DESTDIR)$(DATA_DIR)/pixmaps/pidgin/protocols/scalable/tinode.svg \
	    $(ICON_SIZES:%=$(DESTDIR)$(DATA_DIR)/pixmaps/pidgin/protocols/%/tinode.png)

install-user: $(PLUGIN) ## into ~/.purple/plugins
	install -D -m 644 $(PLUGIN) $(HOME)/.purple/plugins/libtinode.so

# Packages --------------------------------------------------------------------------------------

DEB_ROOT = $(B)/deb/purple-tinode
DEB_ARCH = $(shell dpkg --print-architecture)
DEB_FILE = $(B)/purple-tinode_$(VERSION)_$(DEB_ARCH).deb

# What libtinode.so is linked with becomes Depends; the event-loop glue is loaded by name.
define DEB_CONTROL
Package: purple-tinode
Version: $(VERSION)
Architecture: $(DEB_ARCH)
Maintainer: the purple-tinode authors <purple-tinode@localhost>
Section: net
Priority: optional
Depends: DEPENDS, libpurple0 (>= 2.14), libwebsockets-evlib-glib
Suggests: pidgin, finch, bitlbee-libpurple
Description: Tinode protocol for Pidgin, Finch and BitlBee
 Chat on Tinode servers with any client of libpurple. Shows who has received and
 read a message, and tells others that theirs were read only when they were seen.
endef
export DEB_CONTROL

deb: ## a Debian package of this tree, under build/
	@$(MAKE) --no-print-directory DEPS=$(DEPS) deps
	rm -rf $(B)/deb && mkdir -p $(DEB_ROOT)/DEBIAN $(B)/deb/debian
	@$(MAKE) --no-print-directory DEPS=no B=$(B)/deb/build PREFIX=/usr \
	    DESTDIR=$(abspath $(DEB_ROOT)) install
	install -D -m 644 COPYING $(DEB_ROOT)/usr/share/doc/purple-tinode/copyright
	install -D -m 644 README.md $(DEB_ROOT)/usr/share/doc/purple-tinode/README.md
	gzip -9n < CHANGELOG.md > $(DEB_ROOT)/usr/share/doc/purple-tinode/changelog.gz
	find $(DEB_ROOT) -name '*.so' -exec strip --strip-unneeded {} +
	printf 'Source: purple-tinode\n\nPackage: purple-tinode\nArchitecture: any\n' \
	    > $(B)/deb/debian/control
	cd $(B)/deb && dpkg-shlibdeps -Odepends $(abspath $(DEB_ROOT))$(PLUGIN_DIR)/libtinode.so
	printf '%s\n' "$$DEB_CONTROL" | \
	    sed "s/DEPENDS/$$(sed -n 's/^shlibs:Depends=//p' $(B)/deb/depends)/" \
	    > $(DEB_ROOT)/DEBIAN/control
	dpkg-deb --root-owner-group --build $(DEB_ROOT) $(DEB_FILE)

# Only what is committed, so that nobody's build or secrets are in it.
dist: ## the source as an archive, under build/
	@mkdir -p $(B)
	git archive --format=tar.gz --prefix=purple-tinode-$(VERSION)/ \
	    -o $(B)/purple-tinode-$(VERSION).tar.gz HEAD

# Longer looks ----------------------------------------------------------------------------------

# Time is scaled in the two tests that bound what they may cost.
check-valgrind: ## the unit tests under valgrind
ifeq ($(DEPS),yes)
	@tests/install-packages.sh valgrind
endif
	@$(MAKE) --no-print-directory DEPS=no all tools $(unit_tests)
	@TESTS_UNDER_VALGRIND=1 TEST_TIMEOUT=1800 \
	    RUNNER="valgrind --quiet --error-exitcode=9 --leak-check=full \
	    --errors-for-leak-kinds=definite --suppressions=tests/host/valgrind.supp" \
	    tests/run.sh $(B) receipts protocol purple

coverage: ## branch coverage of receipts/, protocol/ and plugin/ by all tests
ifeq ($(DEPS),yes)
	@tests/install-packages.sh gcovr
endif
	@$(MAKE) --no-print-directory DEPS=no COVERAGE=yes B=$(B)/coverage check-run
	gcovr --root . --object-directory $(B)/coverage --branches --exclude-unreachable-branches \
	    --filter receipts/ --filter protocol/ --filter plugin/ --txt $(B)/coverage.txt \
	    --json-summary $(B)/coverage.json
	@cat $(B)/coverage.txt

fuzzers := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz-*.c)))
FUZZ_CFLAGS := -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined

# Everything but the transport over a real socket.
$(B)/fuzz/%: tests/fuzz/%.c $(filter-out protocol/tn-transport-lws%,$(src_protocol)) \
             tests/protocol/support-fake-transport.c
	@mkdir -p $(@D) && echo "  fuzz  $@"
	@clang $(FUZZ_CFLAGS) -I. $(call cflags_of,$(pkgs_protocol) cmocka) -o $@ $^ \
	    $(call libs_of,$(filter-out libwebsockets,$(pkgs_protocol)) cmocka)

fuzz: ## every fuzzer for SECONDS each (libFuzzer, clang)
ifeq ($(DEPS),yes)
	@tests/install-packages.sh clang libclang-rt-14-dev
endif
	@$(MAKE) --no-print-directory DEPS=no $(fuzzers)
	@for fuzzer in $(fuzzers); do \
	    name=$${fuzzer##*/fuzz-}; \
	    mkdir -p $(B)/fuzz/found/$$name; \
	    echo "== $$name"; \
	    $$fuzzer -max_total_time=$(SECONDS) -print_final_stats=1 -close_fd_mask=1 \
	        -artifact_prefix=$(B)/fuzz/found/$$name- $(B)/fuzz/found/$$name \
	        tests/fuzz/corpus/$$name || exit 1; \
	done

bench: $(B)/tests/model/bench $(B)/tests/receipts/bench-engine ## what a receipt costs, by members and messages
	$(B)/tests/model/bench
	$(B)/tests/receipts/bench-engine

soak: $(B)/tests/model/soak ## simulated weeks on a bad link, new ones for SECONDS
	$(B)/tests/model/soak $(SECONDS)

# Later work ------------------------------------------------------------------------------------
# These names are promised; what does not exist yet says so and fails.

check-e2e check-server screenshots:
	@echo "make $@: not there yet" >&2; exit 1

clean: ## remove everything that was built
	rm -rf $(B)

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z -]*:.*## / {printf "  %-24s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
