# screen.sh - the one screen `make run` ends with.

demo_row() {
    printf '    %-10s %-28s %s\n' "$1" "$1@bijli.localhost" "$(cat "$VAR/secrets/demo-$1.password")"
}

screen() {
    cat <<TEXT

  Bijli runs:  https://$HOST:$PORT
$(screen_certificate)

    role       e-mail                       password
$(demo_row client)
$(demo_row dealer)
$(demo_row compliance)
$(demo_row admin)

  Mail and text messages:  http://localhost:$MAIL_HTTP_PORT  (a stand-in, nothing leaves this machine)
  Venue:    $(screen_venue)
  Orders:   $(screen_orders)
  Feed:     $(screen_feed)
  Books:    $(screen_books)
  Memory:   $(screen_memory)
  Data:     $VAR  (logs in $VAR/log/NAME/current)

  make status   what runs        build/gcc/bin/bijlictl --config $CONFIG status
  make stop     stops all of it; your orders stay in $VAR until: rm -rf $VAR

TEXT
}

screen_certificate() {
    if [ "$HOST" != localhost ]; then
        echo "  Its ports $PORT, $EDGE_PORT (prices) and $KITE_PORT (apps) listen on 127.0.0.1: what comes for $HOST is to be passed on there, to the last what comes for $KITE_HOST."
        return
    fi
    cat <<TEXT
  The certificate was made on this machine, so the browser asks once. Firefox asks for each port: open
  https://localhost:$EDGE_PORT once as well, or prices there are up to 3 s old.
TEXT
}

screen_orders() {
    if is_root; then echo "$GW_IP:$GW_TLS_PORT, TLS over TCP on DPDK (AF_XDP) in namespace $NS_DATAPLANE"
    else echo "127.0.0.1:$GW_TLS_PORT, TLS over the kernel's TCP (no root, so no network namespaces)"; fi
}

screen_venue() {
    if [ "$VENUE" = nse ]; then echo "nse: orders go by NNF to the exchange simulator, as member 90001"
    else echo "internal: our own matching is the market"; fi
}

screen_feed() {
    if is_root; then echo "simulated NSE multicast from namespace $NS_EXCHANGE, sources A and B"
    else echo "simulated NSE multicast through shared memory (memif; no root, so no namespaces)"; fi
}

screen_books() {
    if [ "$BOOK" = sim ]; then echo "beside the C book the design in hw/, simulated: bijlictl hardware"
    else echo "the dataplane's own, in C"; fi
}

screen_memory() {
    if [ "${HUGE:-}" = true ]; then echo "$((HUGE_PAGES * 2)) MB of huge pages taken, given back by make stop"
    else echo "no huge pages to be had: DPDK runs with --no-huge, a little slower"; fi
}
