#!/bin/sh
# Writes a self-signed certificate into the folder $1 when none is there, or when the one
# this script wrote is about to expire. A certificate from elsewhere is never touched.
set -eu
folder=$1
domain=$2
chain=$folder/fullchain.pem
key=$folder/privkey.pem

if { [ -e "$chain" ] && [ ! -e "$key" ]; } || { [ ! -e "$chain" ] && [ -e "$key" ]; }; then
    echo "The certificate folder holds only one of fullchain.pem and privkey.pem; put both there." >&2
    exit 1
fi
if [ -e "$chain" ]; then
    if [ ! -e "$folder/self-signed" ] || openssl x509 -in "$chain" -noout -checkend 2592000 >/dev/null; then
        exit 0
    fi
fi
if ! touch "$folder/self-signed" 2>/dev/null; then
    echo "The certificate folder holds no fullchain.pem and privkey.pem, and user $(id -u) may not write them there." >&2
    exit 1
fi
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -subj "/CN=$domain" \
    -addext "subjectAltName=DNS:$domain,DNS:localhost,IP:127.0.0.1,IP:::1" \
    -keyout "$key.new" -out "$chain.new" 2>/dev/null
mv "$key.new" "$key"
mv "$chain.new" "$chain"
echo "Wrote a self-signed certificate for $domain and localhost."
