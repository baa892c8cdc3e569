#!/usr/bin/env bash
# Runs a command with a private PostgreSQL, whose URL is in BASELINR_TEST_POSTGRES, and stops the
# server however the command ends. Where the variable is set already, that server is used.
set -euo pipefail

[ -z "${BASELINR_TEST_POSTGRES:-}" ] || exec "$@"

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/build"
state=$(mktemp -d "$root/build/postgres.XXXXXX")
trap '"$root/tests/postgres.sh" stop "$state"; rm -rf "$state"' EXIT
trap 'exit 130' INT TERM HUP

BASELINR_TEST_POSTGRES=$("$root/tests/postgres.sh" start "$state")
export BASELINR_TEST_POSTGRES
"$@"
