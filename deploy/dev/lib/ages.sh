# ages.sh - how long each secret may live (docs/crypto.md says why, and how it is changed).

# Name in var/secrets, days, by whom it is changed; the first that fits; 0: as long as the world.
SECRET_DAYS="
operator.token     90     start
session-control.key 365   start
session-maker.key  365    start
session-*.key      365    desk
edge-ticket.key    365    start
app-token.key      365    start
identity.key       365    start
trail.key          1095   trail
device-ca.key      1095   devices
nats-*.password    365    start
exchange-nnf-*     0      never
calendar.seed      0      never
demo-*             0      never
"
CERT_WARN_DAYS=30

secret_days() { # secret_days NAME: days, and by whom
    local pattern days
    while read -r pattern days; do
        # The pattern is one.
        # shellcheck disable=SC2053
        [[ -n $pattern && $1 == $pattern ]] && echo "$days" && return
    done <<<"$SECRET_DAYS"
    return 1
}

# What is to be typed.  What others have too is a person's to change: they have to get it first, or the new half of it.
secret_how() { # secret_how NAME BY
    case $2 in
    start) echo "make stop; make run" ;;
    desk) echo "make stop; openssl rand -hex 32 >$VAR/secrets/$1; give the desk a copy of it; make run" ;;
    devices) echo "make stop; rm $VAR/secrets/$1; make run; within a year for each computer: bijlictl device issue ..., then device revoke the old one (docs/crypto.md)" ;;
    trail) echo "make stop; mv $VAR/trail $VAR/trail.$(date +%F); rm $VAR/secrets/$1; make run; give the auditors $VAR/trail/head.pub" ;;
    esac
}

# A sentence for each secret that should have changed by now, and each certificate that soon runs out.
ages_old() {
    local file name days by age
    for file in "$VAR"/secrets/*; do
        [ -f "$file" ] || continue
        name=$(basename "$file")
        age=$((($(date +%s) - $(stat -c %Y "$file")) / 86400))
        if ! days=$(secret_days "$name"); then
            echo "secrets/$name: nobody has said how long it may live (deploy/dev/lib/ages.sh)"
            continue
        fi
        read -r days by <<<"$days"
        if [ "$days" -gt 0 ] && [ "$age" -gt "$days" ]; then
            echo "secrets/$name is $age days old and is to change after $days: $(secret_how "$name" "$by")"
        fi
    done
    for file in "$VAR"/tls/{,nats/,orders/}*.pem; do
        grep -q 'BEGIN CERTIFICATE' "$file" 2>/dev/null || continue
        openssl x509 -checkend $((CERT_WARN_DAYS * 86400)) -noout -in "$file" >/dev/null ||
            echo "${file#"$VAR"/} runs out $(openssl x509 -enddate -noout -in "$file" | cut -d= -f2)"
    done
}
