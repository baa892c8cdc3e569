#!/usr/bin/env bash
# Runs a command with a private MariaDB, whose URL is in BASELINR_TEST_MYSQL, and stops the
# server however the command ends. Where the variable is set already, that server is used.
set -euo pipefail

[ -z "${BASELINR_TEST_MYSQL:-}" ] || exec "$@"

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/build"
state=$(mktemp -d "$root/build/mariadb.XXXXXX")
trap '"$root/tests/mariadb.sh" stop "$state"; rm -rf "$state"' EXIT
trap 'exit 130' INT TERM HUP

BASELINR_TEST_MYSQL=$("$root/tests/mariadb.sh" start "$state")
export BASELINR_TEST_MYSQL
"$@"
