#!/bin/sh
# Starts PostgreSQL, on the first start after making its data folder.
#   PGDATA                                   the data folder, inside the mounted volume
#   POSTGRES_PASSWORD or .._PASSWORD_FILE    password of the superuser; required
#   POSTGRES_USER (or .._FILE)               the superuser's name, default postgres
#   POSTGRES_DB (or .._FILE)                 a database to make, default the user's name
# The root filesystem may be read-only; the volume and /tmp must be writable. Extra arguments go to the server.
set -eu
umask 077

fail() {
    echo "postgres: $*" >&2
    exit 64
}

# The value of NAME, or what the file named by NAME_FILE holds, or the default.
value_of() {
    eval "plain=\${$1:-} file=\${$1_FILE:-}"
    [ -z "$plain" ] || [ -z "$file" ] || fail "$1 and $1_FILE are both set; give one"
    if [ -n "$file" ]; then
        [ -r "$file" ] || fail "$1_FILE names $file, which cannot be read"
        plain=$(cat "$file")
    fi
    printf '%s' "${plain:-${2:-}}"
}

# Makes the data folder beside its place and renames it, so that being killed in the middle leaves nothing half made.
initialise() {
    user=$(value_of POSTGRES_USER postgres)
    database=$(value_of POSTGRES_DB "$user")
    password=$(value_of POSTGRES_PASSWORD)
    [ -n "$password" ] || fail "POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE must give a password that is not empty"
    for name in "$user" "$database"; do
        case $name in
            "" | [!a-z_]* | *[!a-z0-9_]*) fail "not a plain lower-case name: $name" ;;
        esac
    done

    fresh=$PGDATA.initialising
    rm -rf "$fresh" "$fresh.password"
    mkdir -p "$(dirname "$PGDATA")"
    printf '%s\n' "$password" > "$fresh.password"
    # C collation: the order of text never changes with a library, so indexes stay valid across images.
    initdb --pgdata="$fresh" --username="$user" --pwfile="$fresh.password" --encoding=UTF8 --locale=C \
        --auth-local=scram-sha-256 --auth-host=scram-sha-256 --data-checksums --no-instructions
    rm -f "$fresh.password"
    cat >> "$fresh/postgresql.conf" <<'CONF'

# agent-platform
listen_addresses = '*'
unix_socket_directories = '/tmp'
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '128MB'
maintenance_work_mem = '128MB'
jit = off
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
idle_in_transaction_session_timeout = '5min'
CONF
    echo "host all all all scram-sha-256" >> "$fresh/pg_hba.conf"
    if [ "$database" != postgres ]; then
        echo "CREATE DATABASE \"$database\"" | postgres --single -D "$fresh" postgres > /dev/null
    fi
    # The rename must not reach the disk before what it renames.
    sync
    mv "$fresh" "$PGDATA"
    sync
    echo "postgres: made the data folder with database $database and superuser $user" >&2
}

[ "$(id -u)" != 0 ] || fail "runs as an unprivileged user only"
[ -n "${PGDATA:-}" ] || fail "PGDATA is not set"

if [ -s "$PGDATA/PG_VERSION" ]; then
    found=$(cat "$PGDATA/PG_VERSION")
    wanted=$(postgres --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "$found" = "$wanted" ] || fail "the data in $PGDATA is of version $found and this is version $wanted: upgrade it with pg_upgrade or restore a backup"
    # A volume's group ownership may have been applied to everything in it; the server refuses that.
    chmod 0700 "$PGDATA"
elif [ -e "$PGDATA" ] && [ -n "$(ls -A "$PGDATA")" ]; then
    fail "$PGDATA is not empty and holds no database: refusing to touch it"
else
    [ ! -e "$PGDATA" ] || rmdir "$PGDATA"
    initialise
fi

if [ "${1:-}" = postgres ]; then shift; fi
exec postgres -D "$PGDATA" "$@"
