#!/bin/sh
# Renders the configuration from AGENT_URL, UPLOAD_URL, PORT, CALLER (who stands before this server: cloudflare,
# gateway or google) and RATE_LIMIT_PER_MINUTE (for each caller; 0: no limit), waits until their names resolve, and becomes nginx.
set -eu

config=/tmp/nginx.conf

# The host and port of an origin. Nothing but an origin: other characters could carry directives into the configuration.
host_of() {
    case $2 in
        http://*) host=${2#http://} ;;
        *) host= ;;
    esac
    case $host in
        "" | *[!A-Za-z0-9.:-]*)
            echo "$1 must be an origin such as http://name:8000, it is: $2" >&2
            exit 64
            ;;
    esac
    echo "$host"
}

agent=$(host_of AGENT_URL "${AGENT_URL:-}")
upload=$(host_of UPLOAD_URL "${UPLOAD_URL:-}")
number() {
    case $2 in
        "" | *[!0-9]*)
            echo "$1 must be a number, it is: $2" >&2
            exit 64
            ;;
    esac
}
number PORT "${PORT:=8080}"
number RATE_LIMIT_PER_MINUTE "${RATE_LIMIT_PER_MINUTE:=0}"
case ${CALLER:=cloudflare} in
    cloudflare | gateway | google) ;;
    *)
        echo "CALLER must be cloudflare, gateway or google, it is: $CALLER" >&2
        exit 64
        ;;
esac
# The first request of a minute is not counted as waiting; nginx takes no burst below 1, so the least limit is 2.
burst=$((RATE_LIMIT_PER_MINUTE > 2 ? RATE_LIMIT_PER_MINUTE - 1 : 1))
sed -e "s#\${PORT}#$PORT#g" -e "s#\${CALLER}#$CALLER#g" -e "s#\${RATE_LIMIT}#$RATE_LIMIT_PER_MINUTE#g" -e "s#\${RATE_BURST}#$burst#g" -e "s#\${AGENT_HOST}#$agent#g" -e "s#\${UPLOAD_HOST}#$upload#g" /etc/agent-platform/nginx.conf.template > "$config"
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
