#!/bin/sh
# Puts this release's configuration and static files into the folder $1, from where nginx
# serves them: whole, by one rename, and only if nginx accepts the configuration. The
# running nginx takes the configuration up when it is told to reload.
set -eu
cd "$1"
# A kernel without IPv6 cannot listen there.
if [ -e /proc/net/if_inet6 ]; then
    echo "listen [::]:8080 sndbuf=208k rcvbuf=208k;" > /etc/nginx/conf.d/ipv6-8080.conf
    echo "listen [::]:8443 sndbuf=208k rcvbuf=208k;" > /etc/nginx/conf.d/ipv6-8443.conf
fi
# The image's own entry point fills the templates in.
NGINX_ENTRYPOINT_QUIET_LOGS=1 /docker-entrypoint.sh nginx -t -q
release=$(mktemp -d release.XXXXXX)
mkdir "$release/nginx"
# Pages of the release before this one still ask for its files. Hashed names never clash,
# and of the others the new ones stay.
if [ -d current/static ]; then
    cp -R current/static "$release/"
fi
cp -R /srv/static "$release/"
# Keys are for the container that mounts them.
find /etc/nginx -mindepth 1 -maxdepth 1 ! -name certificates -exec cp -R {} "$release/nginx/" \;
ln -sfn current/static static
ln -sfn "$release" next
mv -T next current
for folder in release.*; do
    if [ "$folder" != "$release" ]; then
        rm -rf "$folder"
    fi
done
