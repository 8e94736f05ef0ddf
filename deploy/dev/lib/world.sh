# world.sh - the names and ports of one world, and how the scripts talk.  Sourced, never run.
#
#   BIJLI_VAR   where its state lies          (var/ in the repository)
#   BIJLI_ID    tells worlds apart, up to 4 of a-z 0-9; part of every interface name
#   BIJLI_PORT  the web address; the eleven ports above it are ours too (8443)
#   BIJLI_HOST, BIJLI_KITE_HOST, BIJLI_CERT, BIJLI_KEY   public names and their certificate: public.sh
#   BIJLI_LOG_* how long logs are kept, and where they are sent: see logs/settings.py
#   VENUE       internal or nse, of a world that begins (make run VENUE=nse)
#   BOOK        software or sim, of a world that starts (make run BOOK=sim)

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
DEV=$ROOT/deploy/dev
ID=${BIJLI_ID:-}
PORT=${BIJLI_PORT:-8443}
STARTED_S=$SECONDS
# A user's PATH on Debian, and root's after a plain su, lacks where the servers and ip are.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { warn "bijli: $*"; exit 1; }

# step TEXT COMMAND...: one progress line with the seconds it took; the command's own words go to the log.
# Not to be called in a condition: bash would then ignore failures inside COMMAND.
step() {
    local text=$1 from=$SECONDS rc
    shift
    mkdir -p "$VAR/log"
    printf '  %-44s ' "$text"
    set +e
    (
        set -e
        "$@"
    ) >>"$VAR/log/setup.log" 2>&1 </dev/null
    rc=$?
    set -e
    if [ "$rc" = 0 ]; then
        printf '%4d s\n' $((SECONDS - from))
        return
    fi
    printf 'failed\n'
    tail -n 15 "$VAR/log/setup.log" >&2
    die "$text failed; all of what it said is in $VAR/log/setup.log"
}

is_root() { [ "$(id -u)" = 0 ]; }

# True if users other than the owner can reach folder $1: PostgreSQL refuses to run as root.
others_enter() {
    local dir=$1
    while [ ! -e "$dir" ]; do dir=$(dirname "$dir"); done
    while :; do
        [ $((0$(stat -c %a "$dir") & 1)) = 1 ] || return 1
        [ "$dir" = / ] && return 0
        dir=$(dirname "$dir")
    done
}

world_var() {
    local var=${BIJLI_VAR:-$ROOT/var}
    [[ $var = /* ]] || var=$PWD/$var
    if is_root && ! others_enter "$var"; then
        [ -z "${BIJLI_VAR:-}" ] || die "BIJLI_VAR=$var lies where user postgres cannot enter;" \
            "choose a folder that others may enter"
        var=/var/lib/bijli-$(printf %s "$ROOT" | sha256sum | cut -c1-8)
    fi
    printf %s "$var"
}

[[ $ID =~ ^[a-z0-9]{0,4}$ ]] || die "BIJLI_ID=$ID: up to 4 of a-z 0-9"
# Above these the kernel gives ports to outgoing connections, and takes one of ours some day.
[[ $PORT =~ ^[0-9]{4,5}$ ]] && [ "$PORT" -ge 1024 ] && [ "$PORT" -le 32756 ] ||
    die "BIJLI_PORT=$PORT: a port, 1024 to 32756"
VAR=$(world_var)
# Unix socket names hold 107 bytes; the longest of ours adds 27.
[ ${#VAR} -le 78 ] || die "$VAR is too long for the sockets under it; set BIJLI_VAR to a shorter path"

BIN=$ROOT/build/gcc/bin
# A public name instead: public.sh.
HOST=localhost KITE_HOST=127.0.0.1 HSTS='' STAPLE_FILE=''
# Where services have their programs, tables and pages; root's own copy, or the checkout (users.sh).
APP=$ROOT
! is_root || APP=$VAR/app
CONFIG=$VAR/etc/bijli.json
# Run scripts, conninfos and settings of five programs hold these paths as they are.
for path in "$VAR" "$APP"; do
    [[ $path != *[[:space:]\"\'\`\\\$\&\;\|\<\>\(\)\{\}\[\]\*\?\!\#\%\,\:]* ]] || die "$path: no blanks, and of signs only / . _ + = ~ @ -;" \
        "$([ "$path" = "$APP" ] && echo "move the checkout" || echo "set BIJLI_VAR to another folder")"
done

# world_names PORT ID: every port, namespace and address follows from these two.
world_names() {
    PORT=$1 ID=$2
    EDGE_PORT=$((PORT + 2)) SMTP_PORT=$((PORT + 3)) KERNEL_GW_TLS_PORT=$((PORT + 1))
    MAIL_HTTP_PORT=$((PORT + 4)) NATS_PORT=$((PORT + 5)) KERNEL_GW_PORT=$((PORT + 6))
    RECOVERY_PORT=$((PORT + 7)) SNAPSHOT_PORT=$((PORT + 8))
    EXCHANGE_NNF_PORT=$((PORT + 9)) EXCHANGE_ROUTER_PORT=$((PORT + 10)) KITE_PORT=$((PORT + 11))
    CONTROL_SOCKET=$VAR/run/control/http.sock
    NS_EXCHANGE=bj${ID}x NS_DATAPLANE=bj${ID}d
    # The default world has 169.254.77, each other one its own third byte.
    NET_BYTE=77
    [ -z "$ID" ] || NET_BYTE=$((78 + $(printf %s "$ID" | cksum | cut -d' ' -f1) % 150))
    GW_PEER=169.254.$NET_BYTE.1 GW_IP=169.254.$NET_BYTE.2
    if is_root; then
        FEED_DRIVER=af_xdp GATEWAY_DRIVER=af_xdp GW_HOST=$GW_IP GW_PORT=9001 GW_TLS_PORT=9002 RECOVERY_HOST=10.60.3.1
    else
        FEED_DRIVER=memif GATEWAY_DRIVER=socket GW_HOST=127.0.0.1 GW_PORT=$KERNEL_GW_PORT
        GW_TLS_PORT=$KERNEL_GW_TLS_PORT RECOVERY_HOST=127.0.0.1
    fi
}

# A world that was begun keeps its port and name until it is stopped, so that make stop and make status
# need not be told them again.
WORLD_BEGUN=$VAR/state/world
world_asked() { world_names "${BIJLI_PORT:-8443}" "${BIJLI_ID:-}"; }
world_begun() {
    local port id
    [ -s "$WORLD_BEGUN" ] || return 1
    read -r port id <"$WORLD_BEGUN"
    world_names "$port" "$id"
}
world_begun || world_asked

# Where its orders go: internal, our own matching; nse, the exchange simulator by NNF.  A world keeps the
# venue that it began with, as its journal does.
venue_kept() {
    if [ -s "$VAR/state/venue" ]; then cat "$VAR/state/venue"
    elif [ -d "$VAR/data/journal" ]; then echo internal; fi
}
venue_asked() {
    local kept asked=${VENUE:-}
    kept=$(venue_kept)
    VENUE=${asked:-${kept:-internal}}
    [[ $VENUE =~ ^(internal|nse)$ ]] || die "VENUE=$VENUE: internal or nse"
    [ "$VENUE" = "${kept:-$VENUE}" ] || die "the orders in $VAR are of venue $kept; for venue $VENUE take another" \
        "folder, BIJLI_VAR=$VAR-$VENUE make run VENUE=$VENUE, or forget these: rm -rf $VAR"
}

# Who keeps the books of the feed: software, the dataplane alone; sim, beside it the design in hw/, simulated.
# A world keeps them until it is stopped.
book_kept() { cat "$VAR/state/book" 2>/dev/null || echo software; }
book_asked() { # book_asked FRESH
    local asked=${BOOK:-}
    [ "$1" = true ] && BOOK=${asked:-software} || BOOK=$(book_kept)
    [[ $BOOK =~ ^(software|sim)$ ]] || die "BOOK=$BOOK: software or sim"
    [ "$BOOK" = "${asked:-$BOOK}" ] || die "it runs with BOOK=$BOOK; make stop first to change that"
}

# One command at a time on a world.
world_lock() {
    mkdir -p "$VAR"
    # With files of two users in it neither could run it.
    [ -O "$VAR" ] || die "$VAR belongs to user $(stat -c %U "$VAR"); run this as that user," \
        "or set BIJLI_VAR to another folder"
    exec 9>"$VAR/.lock"
    flock -n 9 || die "another make run or make stop is at work on $VAR"
}
