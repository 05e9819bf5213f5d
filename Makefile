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
pkgs_pidgin   := pidgin purple gtk+-2.0 glib-2.0
pkgs_finch    := finch gnt purple glib-2.0 gmodule-no-export-2.0
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
src_pidgin   := $(sort $(wildcard plugin/pidgin/*.c))
src_finch    := $(sort $(wildcard plugin/finch/*.c))
src_server   := $(sort $(filter-out tests/server/test-% tests/server/conform%,$(wildcard tests/server/*.c)))
src_host     := $(sort $(filter-out tests/host/test-%,$(wildcard tests/host/*.c)))
src_fake     := $(sort $(filter-out tests/purple/test-%,$(wildcard tests/purple/*.c)))

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

obj_receipts := $(call objects,$(src_receipts))
obj_protocol := $(call objects,$(src_protocol))
obj_plugin   := $(call objects,$(src_plugin))
obj_pidgin   := $(call objects,$(src_pidgin)) $(B)/obj/icons/ticks-resource.o
obj_finch    := $(call objects,$(src_finch))
obj_server   := $(call objects,$(src_server))
obj_host     := $(call objects,$(src_host))
obj_fake     := $(call objects,$(src_fake))

PLUGIN   := $(B)/plugin/libtinode.so
PIDGIN   := $(B)/companions/tinode-ticks-pidgin.so
FINCH    := $(B)/companions/tinode-ticks-finch.so
LOOPBACK := $(B)/tests/tinode-loopback
HOST     := $(B)/tests/purple-host
CONFORM  := $(B)/tests/server/conform
RESOLVER := $(B)/tests/slow-resolver.so

unit_tests := $(patsubst %.c,$(B)/%,$(sort \
    $(wildcard tests/receipts/test-*.c tests/protocol/test-*.c tests/purple/test-*.c \
               tests/model/test-*.c)))
program_tests := $(patsubst %.c,$(B)/%,$(sort \
    $(wildcard tests/server/test-*.c tests/host/test-*.c)))

# Companions are built where the packages of their client are there.
ifeq ($(shell $(PKG_CONFIG) --exists $(pkgs_pidgin) && echo yes),yes)
companions += $(PIDGIN)
unit_tests += $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/pidgin/test-*.c)))
else
without    += Pidgin
endif
ifeq ($(shell $(PKG_CONFIG) --exists $(pkgs_finch) && echo yes),yes)
companions += $(FINCH)
unit_tests += $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/finch/test-*.c)))
else
without    += Finch
endif
PIDGIN_DIR = $(shell $(PKG_CONFIG) --variable=plugindir pidgin 2>/dev/null)
# Finch's package does not name it.
FINCH_DIR  = $(shell $(PKG_CONFIG) --variable=libdir finch 2>/dev/null)/finch

ICON_SIZES := 16 22 48
icons      := $(ICON_SIZES:%=$(B)/icons/%/tinode.png)

# Building --------------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all demo try-pidgin try-finch check check-run check-asan check-valgrind check-e2e \
        check-server fuzz soak bench bench-ui coverage lint tools screenshots install uninstall \
        install-user deb dist clean help deps pot format

all: $(PLUGIN) $(companions) $(icons) ## the protocol plugin, its companions and icons
	@$(if $(without),echo "  skip  no ticks in $(without): its development packages are missing",:)

tools: $(LOOPBACK) $(HOST) $(RESOLVER) ## the loopback server and the headless libpurple host

$(PLUGIN): $(obj_plugin) $(obj_protocol) $(obj_receipts) plugin/libtinode.map
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) -shared $(ALL_LDFLAGS) -Wl,-z,defs -Wl,--version-script=plugin/libtinode.map -o $@ \
	    $(filter %.o,$^) $(call libs_of,$(pkgs_plugin) $(pkgs_protocol))
ifeq ($(SANITIZE),yes)
# The sanitizer's symbols come from the program that loads the plugin.
$(PLUGIN): ALL_LDFLAGS += -Wl,-z,undefs
endif

# What it calls of Pidgin comes from the program that loads it.
$(PIDGIN): $(obj_pidgin) plugin/libtinode.map
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) -shared $(ALL_LDFLAGS) -Wl,--version-script=plugin/libtinode.map -o $@ \
	    $(filter %.o,$^) $(call libs_of,$(pkgs_pidgin))

$(FINCH): $(obj_finch) plugin/libtinode.map
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) -shared $(ALL_LDFLAGS) -Wl,--version-script=plugin/libtinode.map -o $@ \
	    $(filter %.o,$^) $(call libs_of,$(pkgs_finch))

$(LOOPBACK): $(obj_server)
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call libs_of,$(pkgs_server))

$(HOST): $(obj_host)
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) $(ALL_LDFLAGS) -rdynamic -o $@ $^ $(call libs_of,$(pkgs_host))

# Preloaded by tests into programs that may be instrumented; it is not.
$(RESOLVER): tests/support/slow-resolver.c
	@mkdir -p $(@D) && echo "  link  $@"
	@$(CC) -std=gnu11 -fPIC -shared $(WARNINGS) $(CFLAGS) -o $@ $< -ldl

compile = @mkdir -p $(@D) && echo "  cc    $<" && $(if $(V),set -x;) \
    $(CC) $(ALL_CFLAGS) $(1) $(call cflags_of,$(2)) -MMD -MP -c -o $@ $<

$(B)/obj/receipts/%.o: receipts/%.c
	$(call compile,,$(pkgs_receipts))
$(B)/obj/protocol/%.o: protocol/%.c
	$(call compile,,$(pkgs_protocol))
$(B)/obj/plugin/%.o: plugin/%.c
	$(call compile,-I.,$(pkgs_plugin))
$(B)/obj/plugin/pidgin/%.o: plugin/pidgin/%.c
	$(call compile,,$(pkgs_pidgin))
$(B)/obj/tests/pidgin/%.o: tests/pidgin/%.c
	$(call compile,-I.,gtk+-2.0 glib-2.0 cmocka)
$(B)/obj/plugin/finch/%.o: plugin/finch/%.c
	$(call compile,,$(pkgs_finch))
$(B)/obj/tests/server/%.o: tests/server/%.c
	$(call compile,,$(pkgs_server))
$(B)/obj/tests/host/%.o: tests/host/%.c
	$(call compile,,$(pkgs_host))
$(B)/obj/tests/%.o: tests/%.c
	$(call compile,-I. -DTEST_DATA_DIR='"$(CURDIR)/tests/data"' -DTEST_BUILD_DIR='"$(abspath $(B))"',$(pkgs_tests))

$(B)/icons/%/tinode.png: icons/tinode.svg
	@mkdir -p $(@D)
	rsvg-convert -w $* -h $* -o $@ $<

# The drawings of ticks are masks; they are built into the companion, so that it finds them wherever
# it is installed.
TICK_SIZES := 10 11 12 13 14 15 16 18 20 24 32 48
tick_names := $(sort $(patsubst icons/ticks/%.svg,%,$(wildcard icons/ticks/*.svg)))
tick_files := $(foreach size,$(TICK_SIZES),$(tick_names:%=$(size)/%.png))

define tick_rule
$(B)/icons/ticks/$(1)/%.png: icons/ticks/%.svg
	@mkdir -p $$(@D)
	@rsvg-convert -a -h $(1) -o $$@ $$<
endef
$(foreach size,$(TICK_SIZES),$(eval $(call tick_rule,$(size))))

$(B)/icons/ticks-resource.xml: Makefile $(tick_files:%=$(B)/icons/ticks/%)
	@{ echo '<gresources><gresource prefix="/im/tinode/ticks">'; \
	    printf '<file>%s</file>\n' $(tick_files); echo '</gresource></gresources>'; } > $@
$(B)/icons/ticks-resource.c: $(B)/icons/ticks-resource.xml
	@glib-compile-resources --sourcedir=$(B)/icons/ticks --generate-source --internal \
	    --c-name=ticks --target=$@ $<
$(B)/obj/icons/ticks-resource.o: $(B)/icons/ticks-resource.c
	@mkdir -p $(@D) && echo "  cc    $<"
	@$(CC) $(filter-out -W%,$(ALL_CFLAGS)) $(call cflags_of,gio-2.0) -c -o $@ $<

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
# Marks in a text buffer need no display.
$(B)/tests/pidgin/test-%: $(B)/obj/tests/pidgin/test-%.o \
                          $(B)/obj/plugin/pidgin/ticks-book.o $(B)/obj/plugin/pidgin/ticks-model.o
	$(call link_test,gtk+-2.0 glib-2.0 cmocka) -lm
# What of Finch's companion needs no client.
$(B)/tests/finch/test-%: $(B)/obj/tests/finch/test-%.o $(B)/obj/plugin/finch/ticks-slot.o
	$(call link_test,glib-2.0 cmocka)
$(B)/tests/server/test-%: $(B)/obj/tests/server/test-%.o | $(LOOPBACK) $(CONFORM)
	$(call link_test,$(pkgs_server) cmocka)
$(CONFORM): $(B)/obj/tests/server/conform.o
	$(call link_test,$(pkgs_server))
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

check-server: deps ## hold the server at SERVER=host:port against the recorded frames
ifeq ($(SERVER),)
	@echo "make check-server SERVER=host:port   (see tests/server/README.md)" >&2; exit 2
endif
	@$(MAKE) --no-print-directory DEPS=no $(CONFORM)
	@$(CONFORM) $(SERVER)

# What the real clients need to be driven: an X server, keys, a window manager, a terminal.
e2e_packages := pidgin finch bitlbee-libpurple tmux xvfb xdotool twm imagemagick dbus \
                fonts-dejavu-core

check-e2e: ## the real clients, driven by keys: Pidgin under Xvfb, Finch in tmux, BitlBee by IRC
ifeq ($(DEPS),yes)
	@tests/install-packages.sh $(e2e_packages)
endif
	@$(MAKE) --no-print-directory DEPS=no all tools
	@for test in tests/e2e/test_*.py; do \
	    echo "== $$test"; python3 -B $$test $(B) || exit 1; \
	done

bench-ui: ## what ten thousand own messages in one Pidgin window cost
ifeq ($(DEPS),yes)
	@tests/install-packages.sh $(e2e_packages)
endif
	@$(MAKE) --no-print-directory DEPS=no all tools
	@python3 -B tests/e2e/bench_pidgin.py $(B)

screenshots: ## the pictures in the README, taken of the real clients
ifeq ($(DEPS),yes)
	@tests/install-packages.sh $(e2e_packages)
endif
	@$(MAKE) --no-print-directory DEPS=no all tools
	@for shots in tests/e2e/screenshots_*.py; do python3 -B $$shots $(B) icons/screenshots || exit 1; done

# Looking after the source -----------------------------------------------------------------------

c_files := $(sort $(wildcard receipts/*.[ch] protocol/*.[ch] plugin/*.[ch] plugin/*/*.[ch] \
                    tests/*/*.[ch]))
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
	python3 -m py_compile tests/support/*.py tests/stories/*.py tests/demo/*.py tests/e2e/*.py

format: ## rewrite the C files as .clang-format wants them
	clang-format -i $(c_files)

# No places and no date in it: it changes only when a sentence does.
make_pot = xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=ngettext:1,2 \
    --add-comments=Translators --package-name=purple-tinode --no-location \
    --copyright-holder='the purple-tinode authors' -o - $(sort $(src_plugin) $(wildcard plugin/pidgin/*.c plugin/finch/*.c)) | \
    sed -e '/POT-Creation-Date/d' -e 's/charset=CHARSET/charset=UTF-8/'

pot: ## collect the sentences for translators
	@mkdir -p plugin/po
	$(make_pot) > plugin/po/purple-tinode.pot

# Installing ------------------------------------------------------------------------------------

install: all ## into the folders that libpurple looks in (DESTDIR is honoured)
	install -D -m 644 $(PLUGIN) $(DESTDIR)$(PLUGIN_DIR)/libtinode.so
	if [ -f $(PIDGIN) ]; then \
	    install -D -m 644 $(PIDGIN) $(DESTDIR)$(PIDGIN_DIR)/$(notdir $(PIDGIN)) || exit 1; \
	fi
	if [ -f $(FINCH) ]; then \
	    install -D -m 644 $(FINCH) $(DESTDIR)$(FINCH_DIR)/$(notdir $(FINCH)) || exit 1; \
	fi
	for size in $(ICON_SIZES); do \
	    install -D -m 644 $(B)/icons/$$size/tinode.png \
	        $(DESTDIR)$(DATA_DIR)/pixmaps/pidgin/protocols/$$size/tinode.png || exit 1; \
	done
	install -D -m 644 icons/tinode.svg \
	    $(DESTDIR)$(DATA_DIR)/pixmaps/pidgin/protocols/scalable/tinode.svg

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PLUGIN_DIR)/libtinode.so \
	    $(if $(PIDGIN_DIR),$(DESTDIR)$(PIDGIN_DIR)/$(notdir $(PIDGIN))) \
	    $(DESTDIR)$(FINCH_DIR)/$(notdir $(FINCH)) \
	    $(DESTDIR)$(DATA_DIR)/pixmaps/pidgin/protocols/scalable/tinode.svg \
	    $(ICON_SIZES:%=$(DESTDIR)$(DATA_DIR)/pixmaps/pidgin/protocols/%/tinode.png)

install-user: $(PLUGIN) $(companions) ## into ~/.purple/plugins
	install -D -m 644 $(PLUGIN) $(HOME)/.purple/plugins/libtinode.so
	for file in $(companions); do \
	    install -D -m 644 $$file $(HOME)/.purple/plugins/$${file##*/} || exit 1; \
	done

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
	@STORY_DEADLINE=45 TEST_TIMEOUT=600 $(MAKE) --no-print-directory DEPS=no COVERAGE=yes \
	    B=$(B)/coverage check-run
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

bench: $(B)/tests/model/bench $(B)/tests/receipts/bench-engine $(B)/tests/protocol/test-storm ## what a receipt costs, and what a server sees when it comes back
	$(B)/tests/model/bench
	$(B)/tests/receipts/bench-engine
	$(B)/tests/protocol/test-storm --histogram

soak: $(B)/tests/model/soak ## simulated weeks on a bad link, new ones for SECONDS
	$(B)/tests/model/soak $(SECONDS)

clean: ## remove everything that was built
	rm -rf $(B)

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z -]*:.*## / {printf "  %-24s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
