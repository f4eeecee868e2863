#!/bin/sh
# Installs what the tests need and Python packages cannot bring: browsers, Redis, PostgreSQL and coturn.
# With the argument "venv": the part of Python that Debian ships apart. With "networks": what
# `make networks` builds its networks of.
# Where it may not install, it says what to install.
set -eu

if [ "${1-}" = venv ]; then
    packages=" python3-venv"
elif [ "${1-}" = networks ]; then
    packages=
    # Some are in /usr/sbin, which is not on everybody's path.
    PATH="$PATH:/usr/sbin:/sbin"
    for each in ip:iproute2 nft:nftables turnserver:coturn nginx:nginx dnsmasq:dnsmasq-base \
        openssl:openssl certutil:libnss3-tools; do
        command -v "${each%:*}" >/dev/null || packages="$packages ${each#*:}"
    done
else
    packages=
    # Debian has its programs in a folder of its own for each version.
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null ||
        packages="$packages postgresql"
    command -v redis-server >/dev/null || packages="$packages redis-server"
    command -v turnserver >/dev/null || packages="$packages coturn"
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
        packages="$packages chromium"
    command -v firefox-esr >/dev/null || command -v firefox >/dev/null ||
        packages="$packages firefox-esr"
fi
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "The tests need these programs, please install them:$packages" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    sudo=
elif sudo -n true 2>/dev/null; then
    sudo=sudo
else
    echo "The tests need these packages, please install them: sudo apt-get install$packages" >&2
    exit 1
fi
echo "Installing:$packages"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
$sudo apt-get install -y -qq --no-install-recommends $packages >/dev/null
