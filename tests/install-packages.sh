#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install the packages that building, the tests and the demo need and that are missing, saying so
# (Debian, Ubuntu). Elsewhere, or without the right to install, name them and fail.
set -eu

packages="
build-essential pkg-config gettext
libpurple-dev libglib2.0-dev libjansson-dev
libwebsockets-dev libwebsockets-evlib-glib
libcmocka-dev librsvg2-bin glib-networking
pidgin-dev libgtk2.0-dev finch-dev libgnt-dev
openssl python3
"

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "Not a Debian or Ubuntu system. Please install what these packages hold:" >&2
    echo "$packages" "$@" >&2
    echo "and call make with DEPS=no." >&2
    exit 1
fi

missing=
for package in $packages "$@"; do
    is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

run=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Please install:$missing" >&2
        exit 1
    fi
    run=sudo
fi
echo "Installing packages that are missing:$missing"
export DEBIAN_FRONTEND=noninteractive
# Lists may be old or absent on a fresh machine.
$run apt-get update -qq
# One word for each package.
# shellcheck disable=SC2086
$run apt-get install -y -qq --no-install-recommends $missing >/dev/null
