#!/usr/bin/env bash
# A private PostgreSQL for the tests: a new cluster on a free loopback port, gone when stopped.
#
#   tests/postgres.sh start DIR   starts one and prints its URL; DIR keeps what `stop` needs
#   tests/postgres.sh stop DIR    stops it and deletes its data; does nothing where none runs
#   tests/postgres.sh halt DIR    stops it, cutting its connections, and keeps its data
#   tests/postgres.sh resume DIR  starts it again, on its port
#   tests/postgres.sh install     installs Debian's postgresql where no server is found
#
# The URL's user is a superuser with a password (SCRAM), so that tests can also try a wrong one.
# The data lies in a temporary folder, not in DIR: the server refuses to run as root, and the user
# it runs as instead may be unable to enter the checkout.
set -euo pipefail

say() { echo "postgres.sh: $*" >&2; }
die() { say "$@"; exit 1; }

# server_bin prints the folder that holds initdb and postgres, the newest version first.
# Debian keeps it off the PATH.
server_bin() {
	local dir
	for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(dirname "$(command -v initdb || echo /none/none)")"; do
		if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
			echo "$dir"
			return
		fi
	done
	return 1
}

# as_server runs a command as the user that the server runs as: somebody else where we are root.
as_server() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && runuser -u "$(server_user)" -- "$@")
	else
		"$@"
	fi
}

server_user() { id -u postgres >/dev/null 2>&1 && echo postgres || echo nobody; }

install() {
	server_bin >/dev/null && return
	command -v apt-get >/dev/null || die "no PostgreSQL server found, and no apt-get: install PostgreSQL 13 or newer"
	local sudo=()
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || die "no PostgreSQL server found: as root, run 'apt-get install postgresql'"
		sudo=(sudo)
	fi
	say "installing Debian's postgresql"
	# Debian would start a cluster of its own on port 5432; the tests want none.
	"${sudo[@]}" mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] ||
		echo "create_main_cluster = false" | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
	"${sudo[@]}" apt-get update -qq >&2
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >&2
	server_bin >/dev/null || die "postgresql was installed, but no server is in /usr/lib/postgresql"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() {
	local dir=$1 bin home port password=pa55-of-the-tests
	mkdir -p "$dir"
	stop "$dir"
	if ! server_bin >/dev/null; then
		[ "$(id -u)" -eq 0 ] || die "no PostgreSQL server found: run 'tests/postgres.sh install'"
		install
	fi
	bin=$(server_bin)
	home=$(mktemp -d "${TMPDIR:-/tmp}/baselinr-postgres.XXXXXX")
	echo "$home" >"$dir/postgres.home"
	trap 'stop "$dir"' ERR INT TERM
	echo "$password" >"$home/password"
	[ "$(id -u)" -ne 0 ] || chown -R "$(server_user)" "$home"

	as_server "$bin/initdb" -D "$home/data" -U postgres --pwfile="$home/password" --auth=scram-sha-256 \
		--encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/postgres.initdb.log" 2>&1 ||
		{ cat "$dir/postgres.initdb.log" >&2; die "initdb failed"; }
	# Between finding a free port and using it, somebody else may take it: try again.
	for _ in 1 2 3; do
		port=$(free_port)
		if launch "$home" "$port"; then
			echo "$port" >"$dir/postgres.port"
			echo "postgresql://postgres:$password@127.0.0.1:$port/postgres?sslmode=disable"
			return
		fi
	done
	tail -n 20 "$home/log" >&2 || true
	stop "$dir"
	die "the server did not start"
}

launch() {
	as_server "$(server_bin)/pg_ctl" -D "$1/data" -l "$1/log" -w -t 60 -s -o "-p $2 \
		-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
		-c fsync=off -c synchronous_commit=off -c full_page_writes=off" start >&2
}

halt() { as_server "$(server_bin)/pg_ctl" -D "$(cat "$1/postgres.home")/data" -m fast -w -s stop >&2; }

resume() { launch "$(cat "$1/postgres.home")" "$(cat "$1/postgres.port")"; }

stop() {
	local dir=$1 home
	[ -f "$dir/postgres.home" ] || return 0
	home=$(cat "$dir/postgres.home")
	if [ -f "$home/data/postmaster.pid" ]; then
		as_server "$(server_bin)/pg_ctl" -D "$home/data" -m immediate -w -s stop >&2 || true
	fi
	rm -rf "$home" "$dir/postgres.home" "$dir/postgres.port"
}

case "${1:-}" in
start | stop | halt | resume) "$1" "${2:?"say a folder: tests/postgres.sh $1 DIR"}" ;;
install) install ;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
