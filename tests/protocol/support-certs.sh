#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Make the certificates of test-transport in the folder $1: a CA, and servers that are good, for
# another host, expired, self-signed, and of a CA that nobody knows. Each server file is
# certificate and key. Fresh ones each time: nothing checked in runs out.
set -eu
cd "$1"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

authority() { # name
    key "$1"
    openssl req -x509 -new -key "$1.key" -subj "/CN=Test $1" -days 2 -out "$1.pem" \
        -addext basicConstraints=critical,CA:TRUE
}

server() { # name authority SAN days
    key "$1"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    printf 'subjectAltName=%s\n' "$3" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial \
        -days "$4" -extfile "$1.ext" -out "$1.pem"
    cat "$1.key" >> "$1.pem"
}

{
    authority ca
    authority stranger
    server good ca DNS:tinode.test,IP:127.0.0.1 2
    server other ca DNS:other.test,IP:127.0.0.9 2
    server expired ca DNS:tinode.test,IP:127.0.0.1 -1
    server unknown stranger DNS:tinode.test,IP:127.0.0.1 2
    key self
    openssl req -x509 -new -key self.key -subj /CN=tinode.test -days 2 -out self.pem \
        -addext subjectAltName=DNS:tinode.test,IP:127.0.0.1
    cp self.pem self-ca.pem
    cat self.key >> self.pem
} > openssl.log 2>&1 || {
    cat openssl.log >&2
    exit 1
}
