#!/bin/sh
# Renders the configuration from AGENT_URL and UPLOAD_URL, waits until their names resolve, and becomes nginx.
set -eu

config=/tmp/nginx.conf
for name in AGENT_URL UPLOAD_URL; do
    eval "value=\${$name:-}"
    # Only an origin: anything else could carry directives into the configuration.
    if ! printf '%s' "$value" | sed -n '/^https\{0,1\}:\/\/[A-Za-z0-9.-]\{1,253\}\(:[0-9]\{1,5\}\)\{0,1\}$/!{q1}'; then
        echo "$name must be an origin such as http://name:8000, it is: $value" >&2
        exit 64
    fi
done
sed -e "s#\${AGENT_URL}#$AGENT_URL#g" -e "s#\${UPLOAD_URL}#$UPLOAD_URL#g" /etc/agent-platform/nginx.conf.template > "$config"
mkdir -p /tmp/client /tmp/proxy

# nginx looks the names up once, at start, and gives up when one is unknown: at a first deployment the cluster's
# DNS may learn of a Service a moment after this container has started.
tries=0
until said=$(nginx -t -q -e stderr -c "$config" 2>&1); do
    tries=$((tries + 1))
    case $said in *"host not found"*) ;; *) tries=60 ;; esac
    if [ "$tries" -ge 60 ]; then
        echo "$said" >&2
        exit 1
    fi
    sleep 1
done
exec nginx -e stderr -c "$config" -g "daemon off;"
