#!/bin/sh
# What Vault needs once, after `vault operator init`: the engine, the role of External Secrets, and random values for
# what nobody has to know. Run it where VAULT_ADDR and VAULT_TOKEN lead to the new Vault. Values that are there stay.
#
#   ops/vault-setup.sh [--adopt] [key…]
#
# --adopt is for a stack whose passwords were Pulumi's so far (applicationSecrets: pulumi): what keeps data or lets people
# in stays what it is, read from the cluster that kubectl leads to.
#
# Keys are those of identitySources and signInTools: <slug>-source-secret (the password of a directory's reader, or what a
# social provider gave for the client), <slug>-scim-token (what a tool takes people by) and <slug>-client-secret (what a tool
# proves itself with). The first two are read from the terminal, the last is made here. Run it before the stack lists them.
# Or agents-session-key-<n>, the next key that signs sessions, before the stack's sessionKey names it.
set -eu
: "${VAULT_ADDR:?}" "${VAULT_TOKEN:?}"
adopt=no
[ "${1:-}" != --adopt ] || { adopt=yes && shift; }
for key in "$@"; do
    case $key in
    *-source-secret | *-scim-token | *-client-secret | agents-session-key-[0-9]*) ;;
    *) echo "$key is none of <slug>-source-secret, <slug>-scim-token, <slug>-client-secret, agents-session-key-<n>" >&2 && exit 2 ;;
    esac
done

vault secrets list -format=json | grep -q '"platform/"' || vault secrets enable -path=platform kv-v2
vault auth list -format=json | grep -q '"kubernetes/"' || vault auth enable kubernetes
vault write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc
printf 'path "platform/data/*" { capabilities = ["read"] }\n' | vault policy write external-secrets -
vault write auth/kubernetes/role/external-secrets bound_service_account_names=external-secrets bound_service_account_namespaces=external-secrets policies=external-secrets ttl=1h
vault audit list -format=json | grep -q '"stdout/"' || vault audit enable -path=stdout file file_path=stdout

# Whether it is there. That it is not, Vault says in these words: any other failure ends everything, because a new value would
# take the place of one in use.
there() {
    answer=$(vault kv get "$@" 2>&1 >/dev/null) && return 0
    case $answer in
    *"No value found at"* | *"not present in secret"*) return 1 ;;
    esac
    echo "$answer" >&2
    exit 1
}
secret() { head -c 96 /dev/urandom | base64 | tr -d '+/=\n' | cut -c "1-${1:-64}"; }
grafana=$(secret)
there platform/platform || vault kv put -cas=0 platform/platform "secret-key=$(secret)" "grafana-client-secret=$grafana" "devtron-client-secret=$(secret)"
there platform/grafana || vault kv put -cas=0 platform/grafana "client-secret=$(vault kv get -field=grafana-client-secret platform/platform)"
there platform/flowise || vault kv put -cas=0 platform/flowise "flowise-encryption-key=$(secret)" "flowise-jwt-key=$(secret)" "flowise-refresh-key=$(secret)" "flowise-session-key=$(secret)"

# Puts what comes in under a key, without showing it in the list of processes.
put() { if there "$1"; then vault kv patch "$1" "$2=-"; else vault kv put -cas=0 "$1" "$2=-"; fi >/dev/null; }

# The application's own: name in Vault and length, and for --adopt where a stack with Pulumi's passwords has it.
while read -r name length secret key; do
    there "-field=$name" platform/application && continue
    value=$(secret "$length")
    if [ $adopt = yes ] && [ -n "$secret" ]; then
        encoded=$(kubectl -n agent-platform get secret "$secret" -o "jsonpath={.data.$key}")
        value=$(printf %s "$encoded" | base64 -d)
        [ -n "$value" ] || { echo "the Secret $secret has no $key" >&2 && exit 1; }
    fi
    printf %s "$value" | put platform/application "$name"
done <<'VALUES'
    postgres-owner-password 32 database-owner-secrets password
    postgres-app-password 32 database-secrets password
    nats-client-password 32
    nats-route-password 32
    agents-session-key 64 session-secrets key
    agents-admin-password 20 sign-in-secrets admin-password
    agents-user-password 20 sign-in-secrets user-password
VALUES

# Not asked for twice, and not seen by who lists processes or looks over a shoulder.
ask() {
    printf '%s: ' "$1" >&2
    [ ! -t 0 ] || stty -echo
    IFS= read -r answer
    [ ! -t 0 ] || { stty echo && echo >&2; }
    [ -n "$answer" ] || { echo "$1 is empty" >&2 && exit 2; }
    printf %s "$answer"
}
for key in "$@"; do
    path=platform/platform
    case $key in agents-*) path=platform/application ;; esac
    there "-field=$key" "$path" && continue
    case $key in
    *-client-secret | agents-*) value=$(secret) ;;
    *) value=$(ask "$key") ;;
    esac
    printf %s "$value" | put "$path" "$key"
done
