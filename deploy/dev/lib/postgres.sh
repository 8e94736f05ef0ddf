# postgres.sh - one small cluster under $VAR/pg, reached through $VAR/run/pg only: no TCP, and no password:
# the kernel says whose process asks.

PG_BIN=/usr/lib/postgresql/15/bin
PG_DATA=$VAR/pg
PG_SOCKET=$VAR/run/pg

# It refuses to run as root.
pg_user() { if is_root; then echo postgres; else id -un; fi; }
as_pg() { if is_root; then runuser -u postgres -- "$@"; else "$@"; fi; }

psql_admin() { # psql_admin DATABASE ARGUMENTS...
    local db=$1
    shift
    PGOPTIONS=--client-min-messages=warning \
        psql -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKET" -U postgres -d "$db" "$@"
}

pg_init() {
    mkdir -p "$PG_DATA"
    mkdir -p -m 750 "$PG_SOCKET" # whose group may enter: run_own
    chmod 700 "$PG_DATA"
    if is_root; then chown postgres: "$PG_DATA" && chown postgres "$PG_SOCKET"; fi
    if [ ! -s "$PG_DATA/PG_VERSION" ]; then
        (cd / && as_pg "$PG_BIN/initdb" -D "$PG_DATA" -U postgres -E UTF8 --locale=C.UTF-8 \
            --data-checksums --auth=reject)
    fi
    pg_files
}

# pg_file NAME: writes stdin there as its owner: in a folder of another user's a link would lead root anywhere.
pg_file() { (cd / && as_pg sh -c 'cat >"$1.new" && mv -fT "$1.new" "$1"' sh "$PG_DATA/$1"); }

# jit costs more than it saves on queries this small.
pg_files() {
    local name
    pg_file bijli.conf <<CONF
listen_addresses = ''
unix_socket_directories = '$PG_SOCKET'
unix_socket_permissions = 0770
max_connections = 60
# The few huge pages there are belong to the dataplane.
huge_pages = off
shared_buffers = 64MB
max_wal_size = 256MB
min_wal_size = 64MB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m %u '
# Who sees the log does not see the rows: a refused one is in DETAIL, password hash and all.
log_error_verbosity = terse
max_parallel_workers_per_gather = 0
dynamic_shared_memory_type = mmap
CONF
    grep -qx "include 'bijli.conf'" "$PG_DATA/postgresql.conf" ||
        { cat "$PG_DATA/postgresql.conf" && echo "include 'bijli.conf'"; } | pg_file postgresql.conf
    pg_file pg_hba.conf <<CONF
local all   postgres peer map=admin
local bijli bijli_control,bijli_relay peer map=service
CONF
    {
        printf 'admin %s postgres\n' "$(pg_user)" "$(id -un)"
        # In root's world a service has a user of its own; who started the world may be any of them.
        for name in control relay; do
            ! is_root || echo "service bijli-$name bijli_$name"
            echo "service $(id -un) bijli_$name"
        done
    } | pg_file pg_ident.conf
}

pg_wait() {
    local i
    for i in $(seq 300); do
        "$PG_BIN/pg_isready" -q -h "$PG_SOCKET" -U postgres -d postgres && return 0
        sleep 0.1
    done
    warn "PostgreSQL does not answer; its log is $VAR/log/postgres/current"
    return 1
}

# A killed server leaves a few bytes of System V memory that only its next start would take away.
pg_sweep() {
    local id
    [ -s "$PG_DATA/postmaster.pid" ] || return 0
    id=$(awk 'NR == 7 { print $2 }' "$PG_DATA/postmaster.pid")
    [ -z "$id" ] || ipcrm -m "$id" 2>/dev/null || true
    rm -f "$PG_DATA/postmaster.pid"
}
