# checks.sh - what must be true before anything is started; each refusal is one sentence with a way out.

MEMORY_MIN_MB=1500
DISK_MIN_MB=1500

check_memory() {
    local free_mb
    free_mb=$(($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) / 1024))
    [ "$free_mb" -ge "$MEMORY_MIN_MB" ] ||
        die "$free_mb MB of memory are free and $MEMORY_MIN_MB are needed; stop something, or add memory"
}

check_disk() {
    local free_mb
    free_mb=$(df -Pm "$VAR" | awk 'NR == 2 { print $4 }')
    [ "$free_mb" -ge "$DISK_MIN_MB" ] ||
        die "$free_mb MB are free under $VAR and $DISK_MIN_MB are needed; set BIJLI_VAR to another disk"
}

# Without root the holder of somebody else's port is not told.
check_ports() {
    local port line who
    for port in $PORT $EDGE_PORT $SMTP_PORT $MAIL_HTTP_PORT $NATS_PORT $KERNEL_GW_PORT $KERNEL_GW_TLS_PORT \
        $RECOVERY_PORT $SNAPSHOT_PORT $EXCHANGE_NNF_PORT $EXCHANGE_ROUTER_PORT $KITE_PORT; do
        line=$(ss -Hltnp "sport = :$port" | head -n 1)
        [ -n "$line" ] || continue
        who=$(sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (pid \2)/p' <<<"$line")
        die "port $port is taken$who; set BIJLI_PORT to a number with twelve free ports from it on"
    done
}

check_link_names() {
    is_root || return 0
    ! net_is_anothers || die "the world in $(net_owner) has the links named bj$ID...; stop it there" \
        "(make stop), or set BIJLI_ID to another name and BIJLI_PORT to another number"
    ! ip -4 -o addr show to "169.254.$NET_BYTE.0/30" | grep -qv " bj${ID}co " ||
        die "169.254.$NET_BYTE.0/30 is in use by another link; set BIJLI_ID to another name"
}

# Only what is free counts; only what we add is given back.
HUGE_FILE=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
HUGE_PAGES=80 # 128 MB for DPDK and its rounding

huge_take() {
    local before now taken=0
    HUGE=false
    is_root && [ -w "$HUGE_FILE" ] || return 0
    [ -s "$VAR/state/huge" ] && taken=$(cat "$VAR/state/huge")
    if [ "$taken" = 0 ]; then
        before=$(cat "$HUGE_FILE")
        { echo $((before + HUGE_PAGES)) >"$HUGE_FILE"; } 2>/dev/null || true
        now=$(cat "$HUGE_FILE")
        taken=$((now - before))
        [ "$taken" -gt 0 ] && echo "$taken" >"$VAR/state/huge"
    fi
    [ "$taken" -ge "$HUGE_PAGES" ] && HUGE=true || huge_give_back
}

huge_give_back() {
    local now taken
    [ -s "$VAR/state/huge" ] || return 0
    taken=$(cat "$VAR/state/huge")
    now=$(cat "$HUGE_FILE")
    echo $((now > taken ? now - taken : 0)) >"$HUGE_FILE"
    rm -f "$VAR/state/huge"
}
