#!/usr/bin/env bash
# Makes the pinned Node and the libraries available, before any of our programs can run. Everything else is checked by them.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npm >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "npm is missing: installing Debian's nodejs and npm" >&2
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm >/dev/null
  else
    echo "npm is missing. Install Node.js with npm, then run this again." >&2
    exit 1
  fi
fi
# Without install scripts: the Node that is pinned in the lockfile comes as a plain file in a package.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
version="$(node_modules/.bin/node --version)"
case "$version" in
  v24.*) ;;
  *) echo "The pinned Node did not install: found $version, need v24. This machine must be Linux on x64 or arm64." >&2; exit 1 ;;
esac
