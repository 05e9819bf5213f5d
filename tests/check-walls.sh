#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The walls between the folders: what each may include, which calls it may not make, and what the
# built plugin exports and links. Prints the closing line that tests/run.sh counts.
set -u

build=$1
good=0
bad=0
bad_names=

check() { # NAME LINES-THAT-SHOULD-NOT-BE-THERE
    if [ -n "$2" ]; then
        printf 'wall broken: %s\n%s\n' "$1" "$2"
        bad=$((bad + 1))
        bad_names="$bad_names
[  FAILED  ] $1"
    else
        good=$((good + 1))
    fi
}

includes() { # PATTERN FILES...
    pattern=$1
    shift
    grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$pattern" "$@" /dev/null
}

# Headers of ours are included by bare name inside a folder, by folder/name across.
others() { # FOLDER ALLOWED-REGEX: includes of FOLDER that match nothing allowed
    grep -nE '^[[:space:]]*#[[:space:]]*include' "$1"/*.[ch] |
        grep -vE "include[[:space:]]*($2)"
}

others_in() { # ALLOWED-REGEX FILES...
    allowed=$1
    shift
    grep -nE '^[[:space:]]*#[[:space:]]*include' "$@" /dev/null |
        grep -vE "include[[:space:]]*($allowed)"
}

std='<(assert|ctype|dlfcn|errno|fcntl|inttypes|limits|locale|math|signal|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|time|unistd|libintl|sys/[a-z]+|netinet/[a-z]+|linux/tcp|arpa/[a-z]+|glib/gstdio)\.h>'

check 'receipts/ includes GLib and the C library only' \
    "$(others receipts '<glib\.h>|"receipt[a-z-]*\.h"|<(stdarg|stddef|stdint|stdlib|string|math|limits)\.h>')"
check 'receipts/ has no clock, chance, file, socket or timer of its own' \
    "$(grep -nE '\b(time|clock|g_get_real_time|g_get_monotonic_time|g_random_[a-z_]+|g_rand_[a-z_]+|rand|fopen|open|socket|g_file_[a-z_]+|g_timeout_[a-z_]+|g_idle_[a-z_]+|g_date_time_new_now[a-z_]*) *\(' receipts/*.c)"
check 'protocol/ includes GLib, GIO, jansson, libwebsockets and itself' \
    "$(others protocol "<(glib|gio/gio|gmodule|glib-unix|jansson|libwebsockets)\.h>|\"tn-[a-z-]*\.h\"|$std")"
check 'only the lws transport sees libwebsockets' \
    "$(for f in protocol/*.[ch]; do case $f in protocol/tn-transport-lws*) ;; *) includes libwebsockets "$f" ;; esac; done)"
check 'no public header of protocol/ shows jansson' \
    "$(includes jansson protocol/tn-wire.h protocol/tn-session.h protocol/tn-codec.h protocol/tn-drafty.h protocol/tn-error.h protocol/tn-transport.h)"
check 'plugin/ includes libpurple, receipts/, protocol/ and itself' \
    "$(grep -nE '^[[:space:]]*#[[:space:]]*include' plugin/*.[ch] |
        grep -E 'jansson|libwebsockets|gtk/|gtkconv|pidgin|gnt|finch')"
check 'plugin/ reaches into protocol/ and receipts/ by their public headers only' \
    "$(includes '(protocol/.*(internal|private)|receipts/(receipt-|.*private))' plugin/*.[ch])"
for companion in plugin/pidgin plugin/finch; do
    [ -d "$companion" ] || continue
    check "$companion knows signals and one toolkit only" \
        "$(includes '([^">]*/)?(tn|tinode|receipt|receipts)[^">]*\.h' "$companion"/*.[ch])"
    check "$companion has no network, no JSON and no files of the plugin" \
        "$(includes '(protocol/|receipts/|plugin/|\.\./|jansson|libwebsockets|libsoup|curl/|sys/socket|netinet/)' "$companion"/*.[ch])"
done
if [ -d plugin/pidgin ]; then
    check 'plugin/pidgin knows no other toolkit' "$(includes '(gnt|finch|ncurses)' plugin/pidgin/*.[ch])"
    check 'in plugin/pidgin the model knows GLib only, the book GTK, neither of them libpurple' \
        "$(others_in "$std|<(glib|glib/gi18n-lib)\.h>|\"ticks-model\.h\"" plugin/pidgin/ticks-model.[ch]
        others_in "$std|<gtk/gtk\.h>|\"ticks-(model|book)\.h\"" plugin/pidgin/ticks-book.[ch])"
fi
if [ -d plugin/finch ]; then
    check 'plugin/finch includes Finch, libgnt, libpurple and itself' \
        "$(others_in '<(finch|gnt[a-z]*|glib|glib/gi18n-lib|conversation|debug|eventloop|plugin|pluginpref|prefs|signals|version|errno|stdio|string)\.h>|"ticks-[a-z-]*\.h"' plugin/finch/*.[ch])"
    check 'in plugin/finch the slots know GLib only' \
        "$(others_in '<(glib|string)\.h>|"ticks-slot\.h"' plugin/finch/ticks-slot.[ch])"
fi
if [ -f "$build/companions/tinode-ticks-finch.so" ]; then
    check 'the Finch companion exports purple_init_plugin and nothing else' \
        "$(nm -D --defined-only "$build/companions/tinode-ticks-finch.so" | awk '{print $3}' |
            grep -vE '^(purple_init_plugin|__(asan|ubsan|odr_asan|lsan|gcov|llvm).*)$')"
    check 'the Finch companion needs nothing of the protocol plugin' \
        "$(nm -D --undefined-only "$build/companions/tinode-ticks-finch.so" | awk '{print $2}' |
            grep -E '^(tinode|tn|receipt|json|lws|gtk|pidgin)_')"
fi
if [ -f "$build/companions/tinode-ticks-pidgin.so" ]; then
    check 'the Pidgin companion exports purple_init_plugin and nothing else' \
        "$(nm -D --defined-only "$build/companions/tinode-ticks-pidgin.so" | awk '{print $3}' |
            grep -vE '^(purple_init_plugin|__(asan|ubsan|odr_asan|lsan|gcov|llvm).*)$')"
    check 'the Pidgin companion needs nothing of the protocol plugin' \
        "$(nm -D --undefined-only "$build/companions/tinode-ticks-pidgin.so" | awk '{print $2}' |
            grep -E '^(tinode|tn|receipt|json|lws|gnt|finch)_')"
fi
check 'nothing outside tests/ includes tests/' \
    "$(includes '.*tests/' receipts/*.[ch] protocol/*.[ch] plugin/*.[ch] plugin/*/*.[ch])"
check 'the plugin exports purple_init_plugin and nothing else' \
    "$(nm -D --defined-only "$build/plugin/libtinode.so" | awk '{print $3}' |
        grep -vE '^(purple_init_plugin|__(asan|ubsan|odr_asan|lsan|gcov|llvm).*)$')"
check 'the plugin does export purple_init_plugin' \
    "$(nm -D --defined-only "$build/plugin/libtinode.so" | grep -q ' purple_init_plugin$' || echo missing)"
check 'the plugin links no toolkit' \
    "$(objdump -p "$build/plugin/libtinode.so" | awk '/NEEDED/ {print $2}' | grep -E 'gtk|gdk|gnt|pidgin|ncurses')"

echo "[  PASSED  ] $good test(s)."
if [ "$bad" -ne 0 ]; then
    echo "[  FAILED  ] $bad test(s), listed below:$bad_names"
    exit 1
fi
