#!/bin/sh
# One throw-away PostgreSQL out of an unpacked base, in mount and process namespaces of its own.
# Ends, and removes its data, when standard input closes: also when whoever started it was killed.
#   $1 root filesystem  $2 data folder (removed at the end)  $3 port  $4 user  $5 database
# The password comes as the first line of standard input.
set -eu
root=$1 data=$2 port=$3 user=$4 database=$5
home=/var/lib/postgresql
bin=/usr/lib/postgresql/17/bin
IFS= read -r password
trap 'rm -rf "$data"' EXIT

chown 999:999 "$data"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --rbind /dev "$root/dev"
mount --bind "$data" "$root$home"
# Replaces the shell that calls it, so that `$!` is the program itself: call it in a subshell.
in_base() { exec env -i LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot --userspec=999:999 "$root" "$@"; }

(umask 077; printf '%s\n' "$password" > "$data/password"; chown 999:999 "$data/password")
(in_base $bin/initdb --pgdata=$home/data --username="$user" --pwfile=$home/password --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync --no-instructions >&2)
rm -f "$data/password"
echo "CREATE DATABASE \"$database\"" | (in_base $bin/postgres --single -D $home/data -c fsync=off postgres > /dev/null)

exec 3<&0
(in_base $bin/postgres -D $home/data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c jit=off -c shared_buffers=32MB \
    -c dynamic_shared_memory_type=mmap -c max_connections=200 < /dev/null) &
server=$!
(cat <&3 > /dev/null; kill -INT "$server") &
watchdog=$!
exec 3<&-
code=0
wait "$server" || code=$?
kill "$watchdog" 2> /dev/null || true
exit "$code"
