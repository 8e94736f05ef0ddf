# services.sh - every process of the world under runit: how each is run, started, asked and stopped.

SV=$VAR/service
export SVDIR=$SV
RUNSVDIR_PID=$VAR/state/runsvdir.pid

# In the order they start.  A service of ours says that it lives in run/NAME.status.json.
SERVICES_BASE="postgres redis nats logs"
SERVICES_OURS="dataplane snapshot exchange relay control edge mailsink maker"
services_list() { # services_list BOOK
    [ "$1" != sim ] || SERVICES_OURS="${SERVICES_OURS/dataplane/dataplane cardsim}"
    SERVICES="$SERVICES_BASE $SERVICES_OURS nginx"
}

# service_command NAME: what its run script does after the common lines.
service_command() {
    local ours="--config $CONFIG" bin=$APP/build/gcc/bin
    [[ " $SERVICES_OURS " != *" $1 "* ]] || service_place "$1"
    case $1 in
    postgres) echo "exec $(as_user postgres)$PG_BIN/postgres -D $PG_DATA" ;;
    redis) echo "exec $(as_user redis)redis-server $VAR/etc/redis.conf" ;;
    nats) echo "exec $(as_user nats)nats-server -c $VAR/etc/nats.conf" ;;
    nginx) echo "exec nginx -e stderr -p $VAR/run/nginx -c $VAR/etc/nginx.conf" ;;
    dataplane)
        service_after "$1"
        echo "exec $(in_ns "$NS_DATAPLANE")$(service_as "$1")$bin/bijli-dataplane $ours"
        ;;
    exchange) echo "exec $(in_ns "$NS_EXCHANGE")$(service_as "$1")$bin/bijli-exchange $ours" ;;
    maker) echo "exec $(service_as "$1")$bin/bijli-desk $ours --session maker maker" ;;
    logs)
        service_place "$1"
        echo "exec $(service_as "$1")/usr/bin/python3 -B $APP/deploy/dev/logs/serve.py $VAR/etc/logs.json"
        ;;
    edge)
        # Beside it, as the same user, for as long as the process lives that this script becomes.
        [ -z "$STAPLE_FILE" ] ||
            echo "$(service_as "$1")$APP/deploy/dev/ocsp $VAR/tls/cert.pem $STAPLE_FILE \$\$ &"
        echo "exec $(service_as "$1")$bin/bijli-edge $ours"
        ;;
    snapshot) echo "exec nice -n 19 $(service_as "$1")$bin/bijli-journal snapshot $ours" ;;
    *) echo "exec $(service_as "$1")$bin/bijli-$1 $ours" ;;
    esac
}

# service_after NAME: what root does when it has ended, and before it starts, since a machine may have gone down with it.
# The dataplane has no rights left that take its XDP programs off, and the next one would be refused for them.
service_after() {
    local if
    if [ "$1" != dataplane ] || ! is_root; then return 0; fi
    for if in da db "do"; do
        echo "ip -n $NS_DATAPLANE link set bj$ID$if xdp off 2>/dev/null || true"
    done
}

in_ns() { if is_root; then echo "ip netns exec $1 "; fi; }

service_binary() {
    case $1 in
    postgres) echo "$PG_BIN/postgres" ;; redis) command -v redis-server ;; nats) command -v nats-server ;;
    nginx) command -v nginx || echo /usr/sbin/nginx ;; maker) echo "$APP/build/gcc/bin/bijli-desk" ;;
    snapshot) echo "$APP/build/gcc/bin/bijli-journal" ;; logs) echo /usr/bin/python3 ;;
    *) echo "$APP/build/gcc/bin/bijli-$1" ;;
    esac
}

# What a service is made of; another stamp means that it must be started again.
service_stamp() {
    {
        service_command "$1"
        stat -L -c '%s %Y' "$(service_binary "$1")"
        case $1 in
        postgres) cat "$PG_DATA"/{bijli,pg_hba,pg_ident}.conf ;; redis) cat "$VAR/etc/redis.conf" ;;
        nats) cat "$VAR/etc/nats.conf" "$VAR/tls/nats/server.pem" ;;
        nginx) cat "$VAR"/etc/nginx{,.headers}.conf "$VAR"/tls/{cert,device-ca}.pem ;;
        logs) cat "$VAR/etc/logs.json" "$APP"/deploy/dev/logs/*.py ;;
        *) cat "$CONFIG" "$VAR/secrets/nats-$1.password" "$VAR/tls/nats/$1.pem" 2>/dev/null || true
            [ "$1" != edge ] || cat "$VAR/tls/cert.pem"
            [ "$1" != control ] || cat "$VAR"/secrets/{operator.token,{identity,app-token,trail,device-ca}.key}
            # Who shows it and who looks at it change together.
            [[ $1 != exchange && $1-$VENUE != dataplane-nse ]] || cat "$VAR/tls/exchange-cert.pem" ;;
        esac
    } | sha256sum | cut -c1-16
}

script() { # script FILE: an executable from stdin
    cat >"$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1"
}

service_make() {
    local name=$1 dir=$SV/$1
    mkdir -p "$dir/log" "$dir/control" "$VAR/log/$name"
    # Where DPDK keeps its files: it asks for the second name as root, for the first as anybody else.
    script "$dir/run" <<RUN
#!/bin/sh
exec 2>&1
umask 027
export XDG_RUNTIME_DIR=$VAR/run RUNTIME_DIRECTORY=$VAR/run LC_ALL=C.UTF-8 TZ=UTC
$(service_command "$name")
RUN
    # A second between two starts: a service that cannot start must not burn the machine.
    script "$dir/finish" <<RUN
#!/bin/sh
echo "\$(date -u +%FT%TZ) ended: exit \$1 signal \$2"
$(service_after "$name")
sleep 1
RUN
    log_make "$name"
    # PostgreSQL takes TERM as "when everybody has gone"; INT is the quick and clean one.
    [ "$name" != postgres ] || script "$dir/control/t" <<'RUN'
#!/bin/sh
kill -INT "$(head -n 1 supervise/pid)"
RUN
    # Down until it is its turn; taken away then, so that a new supervisor would start it.
    [ -e "$dir/stamp" ] || touch "$dir/down"
}

# It turns over at a size or after a day; what leaves, and when, is the matter of the service `logs` (docs/logs.md).
log_make() {
    local run=$SV/$1/log/run config=$VAR/log/$1/config new=$SV/$1/log/config.new
    printf '#!/bin/sh\nexec %ssvlogd -tt %s\n' "$(service_as logs)" "$VAR/log/$1" >"$run.new"
    # Not there, where another user could have put a link to anything.
    printf 's16000000\nt86400\nn0\n' >"$new"
    cmp -s "$run.new" "$run" && cmp -s "$new" "$config" && rm "$run.new" "$new" && return
    chmod 755 "$run.new" && mv "$run.new" "$run" && mv -fT "$new" "$config"
    # Of an older world; its lines wait in the pipe meanwhile.
    sv term "$SV/$1/log" >/dev/null 2>&1 || true
}

services_files() {
    local NATS_CONTROL NATS_EDGE NATS_RELAY name
    NATS_CONTROL=$(cat "$VAR/secrets/nats-control.password")
    NATS_EDGE=$(cat "$VAR/secrets/nats-edge.password")
    NATS_RELAY=$(cat "$VAR/secrets/nats-relay.password")
    mkdir -p "$VAR/run/redis" "$VAR/nats" "$VAR/data" "$VAR/etc"
    mkdir -p -m 700 "$VAR/mail"
    mkdir -p -m 700 "$VAR/run/control"
    for name in redis nats; do fill "$DEV/$name.template.conf" | keep "$VAR/etc/$name.conf"; done
    chmod 644 "$VAR/etc/redis.conf"
    chmod 600 "$VAR/etc/nats.conf" # its passwords
    nginx_files
    if is_root; then chown nats: "$VAR/nats" "$VAR/etc/nats.conf"; fi
    chmod 755 "$VAR" "$VAR/etc"
    run_own
    data_own
    /usr/bin/python3 -B "$DEV/logs/settings.py" "$VAR"
    for name in $SERVICES; do mkdir -p "$VAR/log/$name"; done
    logs_own
    for name in $SERVICES; do service_make "$name"; done
}

# True while the process in FILE is the very one that wrote it there: numbers are used again.
pid_alive() {
    local pid start
    [ -s "$1" ] || return 1
    read -r pid start <"$1"
    [ "$(pid_start "$pid")" = "$start" ]
}

# When the process started; a dead one that nobody has waited for yet counts as gone.
pid_start() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }

# Detached: it outlives the shell and its terminal, and services get nothing of its environment, which may hold secrets
# and name proxies.  The marker finds its children after any crash.
supervisor_up() {
    local pid i
    pid_alive "$RUNSVDIR_PID" && return 0
    env -i PATH="$PATH" BIJLI_WORLD="$VAR" setsid runsvdir -P "$SV" 9>&- </dev/null >>"$VAR/log/runsvdir.log" 2>&1 &
    pid=$!
    echo "$pid $(pid_start "$pid")" >"$RUNSVDIR_PID"
    for i in $(seq 100); do
        [ -p "$SV/nginx/supervise/control" ] && sv status "$SV/nginx" >/dev/null 2>&1 && break
        sleep 0.1
    done
    services_each_supervised
}

services_each_supervised() {
    local name i
    for name in $SERVICES; do
        for i in $(seq 100); do
            sv status "$SV/$name" 2>/dev/null | grep -q '^[a-z]*: ' &&
                ! sv status "$SV/$name" | grep -q 'unable' && break
            sleep 0.1
        done
        [ "$i" -lt 100 ] || { warn "no supervisor came for $name"; return 1; }
    done
}

# Starts it, or starts it again when what it is made of changed.
service_up() {
    local name=$1 stamp
    stamp=$(service_stamp "$name")
    if [ "$(cat "$SV/$name/stamp" 2>/dev/null)" != "$stamp" ]; then
        rm -f "$VAR/run/$name.status.json" "$VAR/run/$name/status.json"
        if sv status "$SV/$name" | grep -q ^run:; then sv force-restart "$SV/$name" >/dev/null || true; fi
        echo "$stamp" >"$SV/$name/stamp"
    fi
    rm -f "$SV/$name/down"
    sv up "$SV/$name" >/dev/null
}

service_healthy() {
    local name=$1 file=$VAR/run/$1.status.json
    sv status "$SV/$name" 2>/dev/null | grep -q ^run: || return 1
    case $name in
    postgres) "$PG_BIN/pg_isready" -q -h "$PG_SOCKET" -U postgres -d postgres ;;
    redis) [ "$(redis-cli -s "$VAR/run/redis/redis.sock" ping 2>/dev/null)" = PONG ] ;;
    nats) [ -n "$(ss -Hltn "sport = :$NATS_PORT")" ] ;;
    nginx) curl -fsk -m 3 -o /dev/null "https://127.0.0.1:$PORT/api/v1/health" ;;
    *) [ -s "$file" ] && [ $(($(date +%s) - $(stat -L -c %Y "$file"))) -le 3 ] &&
        ! grep -q '"state": *"down"' "$file" ;;
    esac
}

service_wait() {
    local name=$1 seconds=${2:-40} i
    for i in $(seq $((seconds * 5))); do
        service_healthy "$name" && return 0
        sleep 0.2
    done
    warn "$name is not healthy after $seconds s; the end of its log:"
    tail -n 12 "$VAR/log/$name/current" >&2 || true
    return 1
}

service_start() { service_up "$1" && service_wait "$1"; }

# Processes of this world: those with its marker, those whose name and folder say so (PostgreSQL, nginx and
# Redis write over their environment), and all children of these.
world_pids() {
    local dir pid cwd marked=" "
    # A machine that has no ps yet has had no world.
    command -v ps >/dev/null || return 0
    for dir in /proc/[0-9]*; do
        pid=${dir#/proc/}
        [ "$pid" != $$ ] || continue
        cwd=$(readlink "$dir/cwd" 2>/dev/null) || continue
        if tr '\0' '\n' 2>/dev/null <"$dir/environ" | grep -qxF "BIJLI_WORLD=$VAR"; then
            marked+="$pid "
        elif [[ $cwd/ = "$VAR"/* ]] &&
            [[ $(cat "$dir/comm" 2>/dev/null) =~ ^(postgres|nginx|redis-server|runsv|svlogd)$ ]]; then
            marked+="$pid "
        fi
    done
    ps -e -o pid=,ppid= | awk -v marked="$marked" '
        BEGIN { n = split(marked, m, " "); for (i = 1; i <= n; i++) ours[m[i]] = 1 }
        { parent[$1] = $2 }
        END {
            do { more = 0
                for (p in parent) if (!(p in ours) && (parent[p] in ours)) { ours[p] = 1; more = 1 }
            } while (more)
            for (p in ours) if (p in parent) print p
        }'
}

# TERM to the supervisor of each service, which ends it in its own way; KILL for what is left then.
services_down() {
    local name i pids
    if [ -d "$SV" ]; then
        pid_alive "$RUNSVDIR_PID" && kill -TERM "$(cut -d' ' -f1 "$RUNSVDIR_PID")" 2>/dev/null || true
        # Clients before servers, so that the last rows still find the database.
        for name in nginx maker exchange mailsink edge control relay cardsim dataplane snapshot; do
            sv exit "$SV/$name" >/dev/null 2>&1 || true
        done
        service_gone relay && service_gone dataplane
        for name in $SERVICES_BASE; do sv exit "$SV/$name" >/dev/null 2>&1 || true; done
    fi
    for i in $(seq 100); do
        pids=$(world_pids)
        [ -n "$pids" ] || break
        sleep 0.1
        # What lost its supervisor hears nothing from runit.
        [ "$i" = 50 ] || continue
        say "still there, told once more:" && ps -o pid,args -p "${pids//$'\n'/,}" || true
        kill -TERM $pids 2>/dev/null || true
    done
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || true
    rm -rf "$SV" "$RUNSVDIR_PID"
    pg_sweep
}

service_gone() {
    local i
    for i in $(seq 80); do
        sv status "$SV/$1" 2>&1 | grep -q ^run: || return 0
        sleep 0.1
    done
}
