#!/bin/sh
# Installs what the cluster needs besides Node.js and Go, on Debian and Ubuntu. Run it as root.
set -eu
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends iproute2 iptables nftables
