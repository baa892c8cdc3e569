#!/usr/bin/env bash
# A private MariaDB for the tests: a new data folder, on a free loopback port, gone when stopped.
#
#   tests/mariadb.sh start DIR   starts one and prints its URL; DIR keeps what `stop` needs
#   tests/mariadb.sh stop DIR    stops it and deletes its data; does nothing where none runs
#   tests/mariadb.sh install     installs Debian's mariadb-server where no server is found
#
# The URL's user has every right and a password, so that tests can also try a wrong one; its `ca` is the file
# of the authority that signed the server's certificate. The character set is the server's own default, latin1.
# The data lies in a temporary folder, not in DIR: the server refuses to run as root, and the user
# it runs as instead may be unable to enter the checkout.
set -euo pipefail

say() { echo "mariadb.sh: $*" >&2; }
die() { say "$@"; exit 1; }

# Debian keeps the server off an ordinary user's PATH.
PATH=$PATH:/usr/sbin:/usr/local/sbin

found() { command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null && command -v openssl >/dev/null; }

# as_server runs a command as the user that the server runs as: somebody else where we are root.
as_server() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && runuser -u "$(server_user)" -- "$@")
	else
		"$@"
	fi
}

server_user() { id -u mysql >/dev/null 2>&1 && echo mysql || echo nobody; }

install() {
	found && return
	command -v apt-get >/dev/null || die "no MariaDB server found, and no apt-get: install MariaDB 10.11 and openssl"
	local sudo=()
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || die "no MariaDB server found: as root, run 'apt-get install mariadb-server openssl'"
		sudo=(sudo)
	fi
	say "installing Debian's mariadb-server"
	# Debian would start a server of its own on port 3306; the tests want none. Its init script asks this.
	local policy=/usr/sbin/policy-rc.d ours=
	if [ ! -e $policy ]; then
		ours=1
		printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee $policy >/dev/null
		"${sudo[@]}" chmod 755 $policy
	fi
	local failed=
	"${sudo[@]}" apt-get update -qq >&2 &&
		"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mariadb-server openssl >&2 || failed=1
	[ -z "$ours" ] || "${sudo[@]}" rm -f $policy
	[ -z "$failed" ] || die "installing mariadb-server failed"
	found || die "mariadb-server was installed, but no server is on the PATH"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# certificate makes an authority, and a certificate of 127.0.0.1 that it signed.
certificate() {
	(
		cd "$1"
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=authority of the tests" -keyout ca-key.pem -out ca.pem
		openssl req -newkey rsa:2048 -nodes -subj "/CN=127.0.0.1" -keyout key.pem -out request.pem
		printf 'subjectAltName = IP:127.0.0.1\n' >names
		openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out cert.pem
		chmod 755 .
	) >/dev/null 2>&1
}

start() {
	local dir=$1 home port password=pa55-of-the-tests
	mkdir -p "$dir"
	stop "$dir"
	if ! found; then
		[ "$(id -u)" -eq 0 ] || die "no MariaDB server found: run 'tests/mariadb.sh install'"
		install
	fi
	home=$(mktemp -d "${TMPDIR:-/tmp}/baselinr-mariadb.XXXXXX")
	echo "$home" >"$dir/mariadb.home"
	trap 'stop "$dir"' ERR INT TERM
	certificate "$home" || die "openssl made no certificate"
	cat >"$home/users.sql" <<-SQL
		CREATE USER IF NOT EXISTS tester@'%' IDENTIFIED BY '$password';
		GRANT ALL PRIVILEGES ON *.* TO tester@'%' WITH GRANT OPTION;
		DELETE FROM mysql.global_priv WHERE User = '';
		FLUSH PRIVILEGES;
		CREATE DATABASE IF NOT EXISTS shop;
	SQL
	[ "$(id -u)" -ne 0 ] || chown -R "$(server_user)" "$home"
	as_server mariadb-install-db --no-defaults --datadir="$home/data" --skip-test-db \
		--auth-root-authentication-method=normal --skip-name-resolve >"$dir/mariadb.install.log" 2>&1 ||
		{ cat "$dir/mariadb.install.log" >&2; die "mariadb-install-db failed"; }
	# Between finding a free port and using it, somebody else may take it: try again.
	for _ in 1 2 3; do
		port=$(free_port)
		if launch "$home" "$port"; then
			echo "mysql://tester:$password@127.0.0.1:$port/shop?ca=$home/ca.pem"
			return
		fi
	done
	tail -n 20 "$home/log" >&2 || true
	stop "$dir"
	die "the server did not start"
}

# launch starts the server and waits until it takes connections, which it does after users.sql.
launch() {
	local home=$1 port=$2
	as_server sh -c 'exec "$@" >>"$0" 2>&1' "$home/log" mariadbd --no-defaults --datadir="$home/data" --socket="$home/socket" \
		--pid-file="$home/pid" --bind-address=127.0.0.1 --port="$port" --init-file="$home/users.sql" --skip-name-resolve \
		--max-connections=300 --innodb-buffer-pool-size=128M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
		--innodb-log-file-size=64M --innodb-flush-method=nosync --sync-frm=0 --ssl-ca="$home/ca.pem" --ssl-cert="$home/cert.pem" --ssl-key="$home/key.pem" \
		</dev/null >/dev/null 2>&1 &
	local server=$!
	for _ in $(seq 300); do
		python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1).recv(1)" 2>/dev/null &&
			[ -f "$home/pid" ] && return 0
		kill -0 "$server" 2>/dev/null || return 1
		sleep 0.2
	done
	return 1
}

stop() {
	local dir=$1 home pid
	[ -f "$dir/mariadb.home" ] || return 0
	home=$(cat "$dir/mariadb.home")
	if [ -f "$home/pid" ]; then
		pid=$(cat "$home/pid")
		kill -KILL "$pid" 2>/dev/null || true # its data goes too
		for _ in $(seq 50); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
	fi
	rm -rf "$home" "$dir/mariadb.home"
}

case "${1:-}" in
start | stop) "$1" "${2:?"say a folder: tests/mariadb.sh $1 DIR"}" ;;
install) install ;;
*) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
