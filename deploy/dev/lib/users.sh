# users.sh - in root's world each service of ours is a system user of its own, one set on a machine, and each file is
# of who needs it.  In an ordinary user's world everything is that user's, and nothing here does anything.
#
#   bijli-SERVICE   user and group of a service; cardsim stands for a card of the dataplane's and is the same user
#   bijli-market    group: may read the market's shared memory, which the dataplane writes
#   bijli-store     group: may reach the sockets of PostgreSQL and Redis

SERVICE_USERS="control edge relay mailsink maker exchange snapshot dataplane logs"
SERVICE_GROUPS="market store"
# What AF_XDP asks for: the link, the socket, locked memory, a program; given up when the ports are open.
DATAPLANE_CAPS="+net_admin,+net_raw,+ipc_lock,+bpf"

users_make() {
    local name
    is_root || return 0
    for name in $SERVICE_GROUPS; do
        getent group "bijli-$name" >/dev/null || groupadd --system "bijli-$name"
    done
    for name in $SERVICE_USERS; do
        getent passwd "bijli-$name" >/dev/null ||
            useradd --system --user-group --no-create-home --home-dir /nonexistent \
                --shell /usr/sbin/nologin "bijli-$name"
    done
}

# as_user USER [GROUP [OTHER_GROUPS [CAPABILITIES]]]: what stands before a command to make it that user's, with no other
# capabilities than these, and none to be had by starting a program.
as_user() {
    local group=${2:-$1} others=--clear-groups caps=-all${4:+,$4}
    is_root || return 0
    [ -z "${3:-}" ] || others="--groups $3"
    echo "setpriv --reuid $1 --regid $group $others --inh-caps=$caps --ambient-caps=$caps" \
        "--bounding-set=$caps --no-new-privs "
}

# service_as SERVICE: the same for a service of ours.
service_as() {
    case $1 in
    control | relay) as_user "bijli-$1" "bijli-$1" bijli-market,bijli-store ;;
    maker) as_user bijli-maker bijli-maker bijli-market ;;
    snapshot) as_user bijli-snapshot bijli-snapshot bijli-relay ;;
    dataplane) as_user bijli-dataplane bijli-market bijli-dataplane,bijli-snapshot "$DATAPLANE_CAPS" ;;
    cardsim) as_user bijli-dataplane bijli-market bijli-dataplane ;;
    *) as_user "bijli-$1" ;;
    esac
}

# service_place SERVICE: lines of its run script that make the folder it may write in, as root, at each start; whoever
# asks how it is finds that at run/SERVICE.status.json all the same.  The dataplane writes in run itself, where it may
# take away nothing that is not its own.
service_place() {
    local dir=$VAR/run/$1 data=$VAR/data group=bijli-control
    is_root || return 0
    case $1 in
    cardsim) return 0 ;;
    dataplane)
        adopted bijli-dataplane "$data/journal $data/events $data/audit"
        adopted bijli-dataplane:bijli-market "$VAR/run -maxdepth 1 ! -type d ! -type l"
        return 0
        ;;
    control)
        adopted bijli-control: "$VAR/trail"
        group=www-data # its socket is for nginx's workers
        ;;
    mailsink) adopted bijli-mailsink: "$VAR/mail" ;;
    exchange)
        adopted bijli-exchange: "$data/exchange"
        echo "ln -sfnT exchange/exchange.ctl $VAR/run/exchange.ctl"
        ;;
    esac
    echo "install -d -o bijli-$1 -g $group -m 2750 $dir"
    echo "ln -sfnT $1/status.json $dir.status.json"
}

# What the same service of an older world, which was root, made there until it ended.  In the folder where it was found
# (its path may be another by then), and nothing that has a second name elsewhere.
adopted() { echo "find $2 -user root '(' -type d -o -links 1 ')' -execdir chown -h $1 {} +"; }

# own OWNER:GROUP MODE FILE...
own() {
    local who=$1 mode=$2
    shift 2
    chown -h "$who" "$@" && chmod "$mode" "$@"
}

# own_tree OWNER:GROUP MODE DIR: a folder of that mode and all in it, which an older world made as root.
own_tree() {
    mkdir -p "$3"
    chown -hR "$1" "$3"
    chmod "$2" "$3"
}

# Each secret is readable by who needs it, and by root.
secrets_own() {
    local file name
    is_root || return 0
    own root:root 711 "$VAR/secrets" "$VAR/tls"
    for file in "$VAR"/secrets/*; do secret_own "$file" "$(basename "$file")"; done
    own root:root 644 "$VAR"/tls/*cert.pem "$VAR/tls/device-ca.pem"
    own root:bijli-edge 640 "$VAR/tls/key.pem" # nginx reads it as root
    own bijli-exchange:bijli-exchange 600 "$VAR/tls/exchange-key.pem"
    for name in control edge relay; do own "bijli-$name:bijli-$name" 600 "$VAR/tls/nats/$name.key"; done
    own nats:nats 600 "$VAR/tls/nats/server.key"
    orders_own "$VAR/tls/orders"
}

# Whose key opens which session; a desk's is of whoever runs the machine.
orders_own() { # orders_own DIR
    is_root || return 0
    own bijli-dataplane:bijli-dataplane 600 "$1/gateway.key"
    own bijli-control:bijli-control 600 "$1/control.key"
    own bijli-maker:bijli-maker 600 "$1/maker.key"
}

secret_own() { # secret_own FILE NAME
    local user=bijli-${2#*-}
    user=${user%.*}
    case $2 in
    nats-*.password) own "$user:$user" 600 "$1" ;;
    operator.token | identity.key | app-token.key | trail.key | device-ca.key) own bijli-control:bijli-control 600 "$1" ;;
    # One signs, the other looks.
    edge-ticket.key) own bijli-control:bijli-edge 640 "$1" ;;
    exchange-nnf-*) own bijli-exchange:bijli-dataplane 640 "$1" ;;
    session-control.key | session-maker.key) own "bijli-dataplane:$user" 640 "$1" ;;
    session-*.key | calendar.seed) own bijli-dataplane:bijli-dataplane 600 "$1" ;;
    # Of whoever runs the machine.
    *) own root:root 600 "$1" ;;
    esac
}

# What lies on the disk; the relay reads events, who makes snapshots reads and prunes the journal.
data_own() {
    local data=$VAR/data
    is_root || return 0
    own root:bijli-dataplane 1775 "$data"
    own_tree bijli-dataplane:bijli-snapshot 2770 "$data/journal"
    own_tree bijli-dataplane:bijli-relay 2750 "$data/events"
    own_tree bijli-dataplane:bijli-dataplane 2750 "$data/audit"
    own_tree bijli-exchange:bijli-exchange 750 "$data/exchange"
    [ ! -e "$data/replica.json" ] || own bijli-dataplane:bijli-market 640 "$data/replica.json"
    own_tree bijli-control:bijli-control 755 "$VAR/trail"
    own_tree bijli-mailsink:bijli-mailsink 700 "$VAR/mail"
}

# What has been said is written by svlogd and the service of the logs, who are one user, and by nobody else.  The folder
# itself and its own two files are root's, who writes there: in a folder of theirs a link would lead it anywhere.
logs_own() {
    local log=$VAR/log dir
    if is_root; then
        own root:bijli-logs 750 "$log"
        find "$log" -maxdepth 1 -type f -exec chown -h root: {} +
        for dir in "$log"/*/; do
            dir=${dir%/}
            [ ! -L "$dir" ] || die "$dir is a link, which nobody should have made; take it away"
            own_tree bijli-logs:bijli-logs 750 "$dir"
        done
    fi
    # Of an older world.
    [ ! -e "$log/sent.json" ] || { mv -fT "$log/sent.json" "$log/logs/sent.json" && chown -h --reference="$log/logs" "$log/logs/sent.json"; }
}

# What is gone with the next stop.  Sticky: the dataplane makes its files here and takes away no other's.
run_own() {
    local run=$VAR/run name
    is_root || { chmod 755 "$run"; return 0; }
    # Each service's is there before the dataplane is, which could else have put a link to any folder in its place.
    for name in ${SERVICE_USERS/dataplane/}; do
        [ ! -L "$run/$name" ] || rm "$run/$name"
        mkdir -p -m 700 "$run/$name"
    done
    own root:bijli-dataplane 1775 "$run"
    own_tree redis:bijli-store 2750 "$run/redis"
    own_tree postgres:bijli-store 2750 "$run/pg"
    [ ! -e "$run/dpdk" ] || own_tree bijli-dataplane:bijli-market 700 "$run/dpdk"
}

# Services start what root has put where they can read it, wherever the checkout lies and whoever may write there.
app_install() {
    local path
    is_root || return 0
    umask 022
    for path in sim/data/universe.csv dataplane/market/indices.json dataplane/calendar/nse.json \
        deploy/dev/logs/{serve,ship,keep,relp,lines,files}.py build/leaked/passwords.txt; do
        install -D -C -m 644 "$ROOT/$path" "$APP/$path"
    done
    install -D -C -m 755 "$ROOT/deploy/dev/ocsp" "$APP/deploy/dev/ocsp"
    mkdir -p "$APP/build/gcc/bin" "$APP/web"
    install -C -m 755 "$BIN"/bijli-* "$APP/build/gcc/bin"
    diff -rq "$ROOT/web/dist" "$APP/web/dist" >/dev/null 2>&1 && return
    rm -rf "$APP/web/new"
    cp -r "$ROOT/web/dist" "$APP/web/new"
    chmod -R a+rX "$APP/web/new"
    rm -rf "$APP/web/dist"
    mv "$APP/web/new" "$APP/web/dist"
}
