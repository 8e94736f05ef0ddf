# net.sh - two namespaces and four veth pairs (docs/architecture.md 2).  Root only.
#
#   bj<ID>xa == bj<ID>da   feed, source A        exchange side: kernel multicast, 10.60.1.1/24
#   bj<ID>xb == bj<ID>db   feed, source B                                         10.60.2.1/24
#   bj<ID>xr == bj<ID>dr   recovery and snapshots, TCP: 10.60.3.1/24 and 10.60.3.2/24, the kernel's on both sides
#   bj<ID>co == bj<ID>do   orders                root side: 169.254.N.1/30, the gateway answers as .2

GATEWAY_MAC=02:bb:00:00:00:02

# The world of another checkout may bear the same name: whose the links are is the alias of ours.
net_owner() { cat "/sys/class/net/bj${ID}co/ifalias" 2>/dev/null || true; }

net_is_anothers() {
    local owner
    owner=$(net_owner)
    [ -n "$owner" ] && [ "$owner" != "$VAR" ] && [ -d "$owner" ]
}

# One queue: AF_XDP opens one socket.  Checksum offload off: over veth the kernel would leave the
# checksum to a card that is not there, and the dataplane drops what does not add up.
net_pair() {
    local ns_a=$1 if_a=$2 ns_b=$3 if_b=$4
    local place=()
    [ "$ns_a" = root ] || place=(netns "$ns_a")
    ip link add "$if_a" "${place[@]}" numrxqueues 1 numtxqueues 1 type veth \
        peer name "$if_b" netns "$ns_b" numrxqueues 1 numtxqueues 1
    net_end "$ns_a" "$if_a"
    net_end "$ns_b" "$if_b"
}

net_in() {
    local ns=$1
    shift
    if [ "$ns" = root ]; then "$@"; else ip netns exec "$ns" "$@"; fi
}

net_end() {
    net_in "$1" ethtool -K "$2" tx off rx off >/dev/null
    net_in "$1" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$2/disable_ipv6" 2>/dev/null || true
    net_in "$1" ip link set "$2" mtu 1500 up
}

net_up() {
    local id=$ID
    is_root || return 0
    net_is_up && return 0
    net_down
    ip netns add "$NS_EXCHANGE"
    ip netns add "$NS_DATAPLANE"
    net_pair root "bj${id}co" "$NS_DATAPLANE" "bj${id}do"
    ip link set "bj${id}co" alias "$VAR"
    net_pair "$NS_EXCHANGE" "bj${id}xa" "$NS_DATAPLANE" "bj${id}da"
    net_pair "$NS_EXCHANGE" "bj${id}xb" "$NS_DATAPLANE" "bj${id}db"
    net_pair "$NS_EXCHANGE" "bj${id}xr" "$NS_DATAPLANE" "bj${id}dr"
    # lwIP answers with this address; the kernel's own must be the same, or frames to it are "other host".
    ip -n "$NS_DATAPLANE" link set "bj${id}do" address "$GATEWAY_MAC"
    ip -n "$NS_EXCHANGE" addr add 10.60.1.1/24 dev "bj${id}xa"
    ip -n "$NS_EXCHANGE" addr add 10.60.2.1/24 dev "bj${id}xb"
    ip -n "$NS_EXCHANGE" addr add 10.60.3.1/24 dev "bj${id}xr"
    ip -n "$NS_DATAPLANE" addr add 10.60.3.2/24 dev "bj${id}dr"
    ip addr add "$GW_PEER/30" dev "bj${id}co"
    net_is_up
}

net_is_up() {
    ip -n "$NS_EXCHANGE" link show "bj${ID}xb" >/dev/null 2>&1 &&
        ip -n "$NS_DATAPLANE" link show "bj${ID}db" >/dev/null 2>&1 &&
        ip -n "$NS_DATAPLANE" -4 -o addr show dev "bj${ID}dr" 2>/dev/null | grep -q 10.60.3.2/24 &&
        ip -4 -o addr show dev "bj${ID}co" 2>/dev/null | grep -q "$GW_PEER/30"
}

# A namespace's links go with it, and with each link its other end; the loop is for half-made ones.
net_down() {
    local name
    is_root || return 0
    ! net_is_anothers || return 0
    for name in "$NS_EXCHANGE" "$NS_DATAPLANE"; do
        [ -e "/run/netns/$name" ] && ip netns delete "$name"
    done
    # It may go by itself in between: its other end went with its namespace.
    ip link show "bj${ID}co" >/dev/null 2>&1 && ip link delete "bj${ID}co" 2>/dev/null || true
    return 0
}
