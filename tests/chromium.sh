#!/usr/bin/env bash
# Prints the path of Chromium, for the tests that look at Dagster as people do. As root it installs
# Debian's where none is found.
#
#   tests/chromium.sh
set -euo pipefail

say() { echo "chromium.sh: $*" >&2; }

find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

if ! find_chromium >/dev/null; then
	command -v apt-get >/dev/null || { say "no Chromium found, and no apt-get: install Chromium or Chrome"; exit 1; }
	sudo=()
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || { say "no Chromium found: as root, run 'apt-get install chromium'"; exit 1; }
		sudo=(sudo -n)
	fi
	say "installing Debian's chromium"
	"${sudo[@]}" apt-get update -qq >&2
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >&2
fi
find_chromium
