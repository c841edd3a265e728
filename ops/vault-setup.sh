#!/bin/sh
# What Vault needs once, after `vault operator init`: the engine, the role of External Secrets, and random values for
# what nobody has to know. Run it where VAULT_ADDR and VAULT_TOKEN lead to the new Vault. Values that are there stay.
set -eu
: "${VAULT_ADDR:?}" "${VAULT_TOKEN:?}"

vault secrets list -format=json | grep -q '"platform/"' || vault secrets enable -path=platform kv-v2
vault auth list -format=json | grep -q '"kubernetes/"' || vault auth enable kubernetes
vault write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc
printf 'path "platform/data/*" { capabilities = ["read"] }\n' | vault policy write external-secrets -
vault write auth/kubernetes/role/external-secrets bound_service_account_names=external-secrets bound_service_account_namespaces=external-secrets policies=external-secrets ttl=1h
vault audit list -format=json | grep -q '"stdout/"' || vault audit enable -path=stdout file file_path=stdout

secret() { head -c 48 /dev/urandom | base64 | tr -d '+/=\n'; }
grafana=$(secret)
vault kv get platform/platform >/dev/null 2>&1 || vault kv put platform/platform "secret-key=$(secret)" "grafana-client-secret=$grafana" "devtron-client-secret=$(secret)"
vault kv get platform/grafana >/dev/null 2>&1 || vault kv put platform/grafana "client-secret=$(vault kv get -field=grafana-client-secret platform/platform)"
vault kv get platform/flowise >/dev/null 2>&1 || vault kv put platform/flowise "flowise-encryption-key=$(secret)" "flowise-jwt-key=$(secret)" "flowise-refresh-key=$(secret)" "flowise-session-key=$(secret)"
