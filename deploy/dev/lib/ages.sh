# ages.sh - how long each secret may live (docs/crypto.md says why, and how it is changed).

# Name in var/secrets, days; the first that fits; 0: as long as the world.
SECRET_DAYS="
operator.token     90
session-*.key      365
edge-ticket.key    365
app-token.key      365
identity.key       365
trail.key          1095
nats-*.password    365
exchange-nnf-*     0
calendar.seed      0
demo-*             0
"
CERT_WARN_DAYS=30

secret_days() { # secret_days NAME
    local pattern days
    while read -r pattern days; do
        # The pattern is one.
        # shellcheck disable=SC2053
        [[ -n $pattern && $1 == $pattern ]] && echo "$days" && return
    done <<<"$SECRET_DAYS"
    return 1
}

# A sentence for each secret that should have changed by now, and each certificate that soon runs out.
ages_old() {
    local file name days age
    for file in "$VAR"/secrets/*; do
        [ -f "$file" ] || continue
        name=$(basename "$file")
        age=$((($(date +%s) - $(stat -c %Y "$file")) / 86400))
        if ! days=$(secret_days "$name"); then
            echo "secrets/$name: nobody has said how long it may live (deploy/dev/lib/ages.sh)"
        elif [ "$days" -gt 0 ] && [ "$age" -gt "$days" ]; then
            echo "secrets/$name is $age days old and is to change after $days (docs/crypto.md)"
        fi
    done
    for file in "$VAR"/tls/{,nats/}*.pem; do
        grep -q 'BEGIN CERTIFICATE' "$file" 2>/dev/null || continue
        openssl x509 -checkend $((CERT_WARN_DAYS * 86400)) -noout -in "$file" >/dev/null ||
            echo "${file#"$VAR"/} runs out $(openssl x509 -enddate -noout -in "$file" | cut -d= -f2)"
    done
}
