#!/bin/sh
# From a terminal, cron, or any CI system: Node 20.19 or newer and a kubeconfig are all that is needed.
# Usage: release.sh VERSION
set -eu

cutover="${CUTOVER_HOME:-$HOME/cutover}/dist/index.js"
version="${1:?Say which version to release.}"

node "$cutover" plan --config cutover.yml --version "$version"
node "$cutover" run --config cutover.yml --version "$version" --report-directory cutover-report
