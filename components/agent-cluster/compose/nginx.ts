/** The way in of a machine that runs compose: one NGINX before the front and the two APIs. */
import type { Edge, Topology } from "../../../topology/types";

export interface NginxArgs {
    readonly topology: Topology;
    /** The edge whose entry this NGINX is; its routes are here. */
    readonly edge: Edge;
    /** The port it listens on, without privilege. */
    readonly port: number;
    /** Service whose `/health` decides whether the machine is well. */
    readonly health: string;
    /** Who stands directly before it, and says in which header who called. */
    readonly caller: "google" | "cloudflare";
}

/** The whole configuration file. */
export function nginxConfiguration({ topology, edge, port, health, caller }: NginxArgs): string {
    const address = (name: string): string => {
        const found = topology.services.find((service) => service.name === name);
        if (found?.port === undefined) throw new Error(`nothing is called "${name}" with a port`);
        return `${name}:${found.port}`;
    };
    const routes = edge.routes ?? [];
    const rest = topology.flows.find((flow) => flow.from === edge.enters && !routes.some((route) => route.to === flow.to))?.to;
    return `# Made from the topology: where requests of each path go. All that nginx writes is in /tmp.
pid /tmp/nginx.pid;
worker_processes 2;
error_log stderr warn;

events {
    worker_connections 2048;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    server_tokens off;
    keepalive_timeout 650s; # longer than that of the load balancer, so that it never meets a connection that is being closed
    client_body_temp_path /tmp/client;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/proxy;
    scgi_temp_path /tmp/proxy;
    uwsgi_temp_path /tmp/proxy;

    map $http_x_request_id $request_tag {
        "~^[A-Za-z0-9._-]{8,64}$" $http_x_request_id;
        default $request_id;
    }
    # What a caller claims is never believed: the address comes from what stands directly before this server.
${caller === "google" ? `    map $http_x_forwarded_for $caller_address {
        "~(?:^|[\\s,])(?<before_last>[0-9A-Fa-f.:]+)\\s*,[^,]*$" $before_last;
        default $remote_addr;
    }` : `    map $http_cf_connecting_ip $caller_address {
        "" $remote_addr;
        default $http_cf_connecting_ip;
    }`}
    map $http_x_forwarded_proto $outer_scheme {
        https https;
        default $scheme;
    }
    # No query strings: they can carry what people typed.
    log_format json escape=json '{"time":"$time_iso8601","level":"info","msg":"request","requestId":"$request_tag","method":"$request_method","path":"$uri",'
        '"status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"upstream":"$upstream_addr"}';
    map $uri $loggable {
        /health 0;
        default 1;
    }
    access_log /dev/stdout json if=$loggable;

    # Docker's own name server: a container that was replaced has another address.
    resolver 127.0.0.11 valid=10s ipv6=off;

    server {
        listen ${port};
        server_name _;
        absolute_redirect off;
        client_header_timeout 15s;
        client_body_timeout 60s;
        send_timeout 60s;
        client_max_body_size 64m;

        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Request-Id $request_tag;
        proxy_set_header X-Real-IP $caller_address;
        proxy_set_header X-Forwarded-For $caller_address;
        proxy_set_header CF-Connecting-IP $caller_address;
        proxy_set_header X-Forwarded-Proto $outer_scheme;
        proxy_set_header X-Forwarded-Host $http_host;
        # Events reach the browser as they happen; a stream may be silent for as long as an approval takes.
        proxy_buffering off;
        proxy_request_buffering off;
        proxy_connect_timeout 5s;
        proxy_read_timeout 1h;
        proxy_send_timeout 120s;

        location = /health {
            access_log off;
            set $to ${address(health)};
            proxy_pass http://$to;
        }
${[...routes.map(({ path, to }) => ({ path, to })), ...(rest === undefined ? [] : [{ path: "/", to: rest }])].map(({ path, to }) => `
        location ${path} {
            set $to ${address(to)};
            proxy_pass http://$to;
        }`).join("\n")}
    }
}
`;
}
