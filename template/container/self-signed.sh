#!/bin/sh
# Makes sure that the folder $1 holds fullchain.pem and privkey.pem, which nginx reads as
# this same user. A folder that was mounted (TLS_CERTIFICATES) belongs to somebody else:
# it is looked at, never written to. The volume of the stack gets a self-signed pair for
# the domain $2, and a new one a month before that expires.
set -eu
folder=$1
domain=$2
chain=$folder/fullchain.pem
key=$folder/privkey.pem

say() {
    printf '{"timestamp":"%s","level":"%s","logger":"certificate","message":"%s"}\n' \
        "$(date -u +%FT%T+00:00)" "$1" "$2"
}

refuse() {
    say ERROR "$1 docs/deployment.md shows a mount that works." >&2
    exit 1
}

if [ ! -x "$folder" ]; then
    refuse "User $(id -u) may not look into ${TLS_CERTIFICATES:-the certificate folder}."
fi
for file in "$chain" "$key"; do
    name=$(basename "$file")
    if [ -L "$file" ] && [ ! -e "$file" ]; then
        refuse "$name is a link to $(readlink "$file"), which cannot be reached inside the container."
    fi
    if [ -e "$file" ] && [ ! -r "$file" ]; then
        refuse "User $(id -u) may not read $name."
    fi
done
if [ -e "$chain" ] && [ -e "$key" ]; then
    if [ ! -e "$folder/self-signed" ] || openssl x509 -in "$chain" -noout -checkend 2592000 >/dev/null; then
        exit 0
    fi
elif [ -n "${TLS_CERTIFICATES:-}" ] || { [ ! -e "$folder/self-signed" ] && { [ -e "$chain" ] || [ -e "$key" ]; }; }; then
    refuse "${TLS_CERTIFICATES:-The certificate folder} must hold both fullchain.pem and privkey.pem."
fi
if [ -n "${TLS_CERTIFICATES:-}" ]; then
    exit 0
fi
umask 077
touch "$folder/self-signed"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -subj "/CN=$domain" \
    -addext "subjectAltName=DNS:$domain,DNS:localhost,IP:127.0.0.1,IP:::1" \
    -keyout "$key.new" -out "$chain.new" 2>/dev/null
mv "$key.new" "$key"
mv "$chain.new" "$chain"
say INFO "Wrote a self-signed certificate for $domain and localhost."
