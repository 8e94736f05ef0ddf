# public.sh - the name that a world is known by: localhost, with a certificate of this machine's own, or a public one.
#
#   BIJLI_HOST  the name, as browsers ask for it (localhost); somebody passes what comes for it on to our ports
#   BIJLI_KITE_HOST  the name of Kite's way, better another one, as api.bijli.example: browsers keep cookies by name, for all
#               ports (ASVS 3.5.4); BIJLI_HOST's own if not given. Beside localhost it is 127.0.0.1
#   BIJLI_CERT  file of its certificate, those that vouch for it behind it (PEM)
#   BIJLI_KEY   file of its key
#
# A world keeps all of them until it is given others; each make run looks for a new certificate in the files. To go back:
# BIJLI_HOST=localhost.

host_kept() { sed -n 1p "$VAR/state/host" 2>/dev/null || true; }

host_asked() {
    local kept=("" "" "") cert key name
    [ ! -s "$VAR/state/host" ] || mapfile -t kept <"$VAR/state/host"
    HOST=${BIJLI_HOST:-${kept[0]:-localhost}}
    cert=${BIJLI_CERT:-${kept[1]:-}} key=${BIJLI_KEY:-${kept[2]:-}}
    HSTS='' PUBLIC_CERT='' PUBLIC_KEY='' KITE_HOST=127.0.0.1
    [ "$HOST" != localhost ] || return 0
    # With another name than before Kite's is another one too, unless it is said.
    [ "${kept[0]:-}" = "$HOST" ] || kept[3]=
    KITE_HOST=${BIJLI_KITE_HOST:-${kept[3]:-$HOST}}
    for name in HOST KITE_HOST; do
        [[ ${!name} =~ ^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$ ]] && [ ${#HOST} -le 200 ] &&
            [ ${#KITE_HOST} -le 200 ] || die "BIJLI_$name=${!name}: a name in small letters with a dot, as bijli.example"
    done
    [ -r "$cert" ] && [ -r "$key" ] || die "BIJLI_HOST=$HOST: BIJLI_CERT and BIJLI_KEY name the files of its certificate and key"
    openssl x509 -noout -checkend 0 -in "$cert" >/dev/null 2>&1 || die "BIJLI_CERT=$cert: no certificate, or one that has ended"
    for name in "$HOST" "$KITE_HOST"; do
        openssl x509 -noout -checkhost "$name" -in "$cert" 2>/dev/null | grep -q 'does match' ||
            die "BIJLI_CERT=$cert is not for $name"
    done
    [ "$(openssl x509 -noout -pubkey -in "$cert")" = "$(openssl pkey -pubout -in "$key" 2>/dev/null </dev/null)" ] ||
        die "BIJLI_KEY=$key is not the key of BIJLI_CERT=$cert"
    # For a year, for all names below it too. A browser would keep what localhost says for every server on that machine.
    HSTS='max-age=31536000; includeSubDomains'
    PUBLIC_CERT=$(realpath -s "$cert") PUBLIC_KEY=$(realpath -s "$key")
}

host_keep() {
    if [ "$HOST" = localhost ]; then rm -f "$VAR/state/host"
    else
        printf '%s\n' "$HOST" "$PUBLIC_CERT" "$PUBLIC_KEY" >"$VAR/state/host"
        [ "$KITE_HOST" = "$HOST" ] || echo "$KITE_HOST" >>"$VAR/state/host"
    fi
}

# The certificate that nginx and bijli-edge show, as tls/cert.pem and tls/key.pem.
host_certificate() {
    local cert=$VAR/tls/cert.pem
    if [ "$HOST" != localhost ]; then
        keep "$VAR/tls/key.pem" <"$PUBLIC_KEY"
        keep "$cert" <"$PUBLIC_CERT"
    elif [ -s "$cert" ] && ! openssl x509 -noout -checkhost localhost -in "$cert" 2>/dev/null | grep -q 'does match'; then
        rm -f "$cert"
    fi
    certificate_make ""
    # Where deploy/dev/ocsp puts for bijli-edge what the issuer says of it.
    STAPLE_FILE=
    ! host_asks_issuer || STAPLE_FILE=$VAR/run/edge/ocsp.der
}

# Whether the certificate names whom to ask if it was taken back.
host_asks_issuer() { [ "$HOST" != localhost ] && openssl x509 -noout -ocsp_uri -in "$VAR/tls/cert.pem" | grep -q ://; }

# What nginx is told of that: it asks by itself.
host_stapling() {
    if host_asks_issuer; then
        echo 'ssl_stapling on;'
    else
        echo '# the certificate names nobody to ask whether it was taken back: no ssl_stapling'
    fi
}

# etc/nginx.conf and what it includes.
nginx_files() {
    local NGINX_USER="user www-data;" STAPLING HSTS_HEADER name
    is_root || NGINX_USER="# not root: the workers are whoever started it"
    STAPLING=$(host_stapling)
    HSTS_HEADER="# localhost: no Strict-Transport-Security"
    [ -z "$HSTS" ] || HSTS_HEADER="add_header Strict-Transport-Security \"$HSTS\" always;"
    mkdir -p "$VAR/run/nginx" "$VAR/etc"
    fill "$DEV/nginx.template.conf" | keep "$VAR/etc/nginx.conf"
    fill "$DEV/nginx.headers.conf" | keep "$VAR/etc/nginx.headers.conf"
    cp "$DEV/away.html" "$VAR/etc/away.html"
    chmod 644 "$VAR"/etc/{nginx.conf,nginx.headers.conf,away.html}
}
