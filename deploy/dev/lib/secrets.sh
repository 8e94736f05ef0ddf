# secrets.sh - made once for a world, readable by its owner only; whose each is: users.sh.

secret_hex() { # secret_hex NAME BYTES
    [ -s "$VAR/secrets/$1" ] || openssl rand -hex "$2" >"$VAR/secrets/$1"
}

# Letters and digits; what reads it may want no more than so many.
secret_text() { # secret_text NAME CHARACTERS
    [ -s "$VAR/secrets/$1" ] || openssl rand -base64 48 | tr -dc A-Za-z0-9 | cut -c"1-$2" >"$VAR/secrets/$1"
}

# By the rules that hold for everybody: of random ones cracklib refuses a few as too systematic.
secret_password() { # secret_password NAME
    until [ -s "$VAR/secrets/$1" ]; do
        secret_text "$1" 14
        PATH=$PATH:/usr/sbin cracklib-check <"$VAR/secrets/$1" | grep -q ': OK$' || rm "$VAR/secrets/$1"
    done
}

# What our own services know of each other, once a month old; nothing of them may run meanwhile.
secrets_renew() {
    [ -d "$VAR/secrets" ] || return 0
    find "$VAR/secrets" '(' -name session-control.key -o -name session-maker.key -o -name edge-ticket.key \
        -o -name 'nats-*.password' ')' -mtime +30 -delete
    find "$VAR/secrets" -name operator.token -mtime +89 -delete
    [ -z "$(find "$VAR/secrets" -name app-token.key -mtime +30)" ] || app_token_key_new
    [ -z "$(find "$VAR/secrets" -name identity.key -mtime +364)" ] || identity_key_new
}

# Wraps the data keys: a new line in front, by which bijli-control wraps them all when it starts.  The old lines stay, for
# backups; it reads eight, and past these a person takes old ones away (docs/keys.md).
identity_key_new() {
    local file=$VAR/secrets/identity.key number
    [ "$(wc -l <"$file")" -lt 8 ] || return 0
    number=$(($(cut -d' ' -f1 "$file" | sort -n | tail -1) + 1))
    (umask 077 && { echo "$number $(openssl rand -hex 32)" && cat "$file"; } >"$file.new")
    # Whole on the disk before anything is wrapped by it: a power cut leaves the old file or this one.
    sync "$file.new"
    mv "$file.new" "$file"
    sync "$VAR/secrets"
    say "secrets/identity.key has a new line, $number: it belongs into the backup now, before what it will wrap"
}

# Sign the access tokens of API apps: a key of each algorithm that apps.token_signature may name. New ones go in front; the
# two before stay behind them, for what they have signed ends by itself, at 6 in the morning.
app_token_key_new() {
    local file=$VAR/secrets/app-token.key
    (
        umask 077
        openssl genpkey -algorithm ed25519
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1
        [ ! -f "$file" ] || awk '/BEGIN PRIVATE KEY/ { n++ } n && n <= 2' "$file"
    ) >"$file.new"
    chmod 600 "$file.new"
    mv "$file.new" "$file"
}

secrets_make() {
    local name
    umask 077
    mkdir -p "$VAR/secrets" "$VAR/tls"
    is_root || chmod 700 "$VAR/secrets" # root: secrets_own
    for name in session-control.key session-maker.key session-desk.key operator.token edge-ticket.key \
        calendar.seed nats-control.password nats-edge.password nats-relay.password; do
        secret_hex "$name" 32
    done
    for name in client dealer compliance admin; do secret_password "demo-$name.password"; done
    rm -f "$VAR"/secrets/{nats.token,pg-*} # of an older world
    secret_text exchange-nnf-901 7 # a password of NNF
    # What seals the secrets of second factors: its number and a key; a new key is a new first line.
    [ -s "$VAR/secrets/identity.key" ] || echo "1 $(openssl rand -hex 32)" >"$VAR/secrets/identity.key"
    host_certificate
    certificate_make exchange- # whom members speak to
    nats_certificates_make
    orders_certificates_make
    device_ca_make
    umask 022
    trail_key_make
    # An older world's has one key, of Ed25519.
    [ "$(grep -cs BEGIN "$VAR/secrets/app-token.key")" -gt 1 ] 2>/dev/null || app_token_key_new
    secrets_own
}

# Signs the heads of the audit trail; its public half lies beside them, for whoever checks.
trail_key_make() {
    mkdir -p "$VAR/trail"
    [ -s "$VAR/secrets/trail.key" ] ||
        (umask 077 && openssl genpkey -algorithm ed25519 -out "$VAR/secrets/trail.key")
    # By a rename: the folder is bijli-control's, and a link there would lead root anywhere.
    [ -s "$VAR/trail/head.pub" ] || {
        openssl pkey -in "$VAR/secrets/trail.key" -pubout -out "$VAR/state/head.pub"
        mv -fT "$VAR/state/head.pub" "$VAR/trail/head.pub"
    }
}

# For this machine's browser only; 825 days is the most that browsers take.
certificate_make() { # certificate_make PREFIX
    local cert=$VAR/tls/$1cert.pem
    [ -s "$cert" ] && openssl x509 -checkend 86400 -noout -in "$cert" && return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth \
        -keyout "$VAR/tls/$1key.pem" -out "$cert" 2>/dev/null
}

certificates_young() { # certificates_young DIR
    openssl x509 -checkend $((370 * 86400)) -noout -in "$1/ca.pem" >/dev/null 2>&1
}

# certificates_new DIR SUBJECT: in DIR.new a CA of this world, forgotten as soon as it has signed, and the certificates
# that stdin names, FILE CN USAGE NAME a line. They hold for thirteen months, for a world that runs on; a month old they
# are all made anew by the next make run.
certificates_new() {
    local dir=$1 file cn usage name
    rm -rf "$dir.new"
    mkdir -p "$dir.new"
    chmod 711 "$VAR/tls" "$dir.new"
    (
        umask 077
        cd "$dir.new"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 400 -subj "/CN=$2" \
            -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign \
            -keyout ca.key -out ca.pem
        while read -r file cn usage name; do
            openssl req -x509 -CA ca.pem -CAkey ca.key -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 400 \
                -subj "/CN=$cn" -addext "subjectAltName=$name" -addext basicConstraints=critical,CA:FALSE \
                -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage="$usage" \
                -keyout "$file.key" -out "$file.pem" </dev/null
        done
        rm ca.key
        chmod 644 ./*.pem
    ) 2>/dev/null
}

# The bus: who speaks to NATS, and as whom. make run starts again who uses them.
nats_certificates_make() {
    local dir=$VAR/tls/nats who
    certificates_young "$dir" && return
    {
        echo "server bijli-nats serverAuth DNS:bijli-nats"
        for who in control edge relay; do echo "$who bijli-$who clientAuth DNS:bijli-$who"; done
    } | certificates_new "$dir" "bijli bus"
    rm -rf "$dir"
    mv "$dir.new" "$dir"
}

# The order gateway: which session a certificate is for. Each file takes the old one's place, whole and readable by whom
# it is for: the gateway looks each second, its clients at their next connection, and nobody is started again or cut.
orders_certificates_make() {
    local dir=$VAR/tls/orders who file
    certificates_young "$dir" && return
    {
        echo "gateway bijli-gateway serverAuth DNS:bijli-gateway"
        for who in control maker desk; do echo "$who session-$who clientAuth URI:bijli:session:$who"; done
    } | certificates_new "$dir" "bijli orders"
    orders_own "$dir.new"
    mkdir -p "$dir"
    chmod 711 "$dir"
    for file in "$dir.new"/*; do mv -fT "$file" "$dir/$(basename "$file")"; done
    rmdir "$dir.new"
}

# Signs the certificates of staff's computers; bijli-control has its key, nginx knows it by its certificate.  Where the key
# alone was taken away the certificate before stays behind the new one, until all that it signed is over: so nobody is
# locked out who could enrol the others.
device_ca_make() {
    local key=$VAR/secrets/device-ca.key cert=$VAR/tls/device-ca.pem
    if [ -s "$key" ] && [ -s "$cert" ]; then
        [ "$(grep -c BEGIN "$cert")" -gt 1 ] && [ -n "$(find "$key" -mtime +370)" ] || return 0
        openssl x509 -in "$cert" -out "$cert.new"
        mv "$cert.new" "$cert"
        return
    fi
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/CN=bijli devices $(openssl rand -hex 4)" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign \
        -keyout "$key.new" -out "$cert.new" 2>/dev/null
    [ ! -s "$cert" ] || openssl x509 -in "$cert" >>"$cert.new"
    mv "$cert.new" "$cert"
    mv "$key.new" "$key"
}

# fill FILE: @NAME@ becomes $NAME; a name nobody set is a mistake and is said.
fill() {
    local text name
    text=$(cat "$1")
    for name in $(grep -o '@[A-Z_]*@' "$1" | sort -u | tr -d @); do
        [ -n "${!name+set}" ] || die "$1 asks for $name, which nobody sets"
        text=${text//@$name@/${!name}}
    done
    printf '%s\n' "$text"
}

# keep FILE: writes stdin there, only when it changed, so that its age says when.
keep() {
    local new
    new=$(cat)
    [ -f "$1" ] && [ "$(cat "$1")" = "$new" ] && return
    (umask 077 && printf '%s\n' "$new" >"$1.new") && mv "$1.new" "$1"
}

config_make() {
    # At the exchange there is a market without it.
    local VENUE=${VENUE:-internal} MAKER_RATE=60
    [ "$VENUE" = internal ] || MAKER_RATE=10
    # The simulated card's clock goes slowly while nothing comes.
    local BOOK_BACKEND=software
    [ "${BOOK:-software}" = software ] || BOOK_BACKEND=hardware
    local CORES=${BIJLI_CORES:-} PG_DIR=$VAR/run/pg
    mkdir -p "$VAR/etc"
    fill "$DEV/config.template.json" | keep "$CONFIG"
    chmod 644 "$CONFIG" # no secret is in it
}
