/** The only way from a machine's containers to the internet: a proxy that refuses every address that is not the internet. */
import { notTheInternet } from "../../../topology/network-policies";

export interface SquidArgs {
    readonly port: number;
    /** Addresses of those that may use it. */
    readonly clients: readonly string[];
    /** Host names that may be called; none: every public one. */
    readonly hosts?: readonly string[];
}

/** Of IPv6: unspecified, loopback, IPv4 in other clothes (translated, 6to4, Teredo; Squid itself sees through mapped ones), private, link-local with the metadata services, multicast. */
const notTheInternet6: readonly string[] = ["::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"];
/** Reserved for documents and measurements, and Oracle's services inside its network. */
const reserved: readonly string[] = ["192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"];

/** The whole configuration file. */
export function squidConfiguration({ port, clients, hosts = [] }: SquidArgs): string {
    return `# Nothing is cached, nothing is written, and what is not allowed below is denied.
http_port ${port}
pid_filename /tmp/squid.pid
coredump_dir /tmp
cache deny all
cache_log /dev/stderr
logformat plain {"time":"%{%Y-%m-%dT%H:%M:%SZ}tg","level":"info","msg":"egress","client":"%>a","method":"%rm","host":"%>rd","port":"%>rP","status":%>Hs,"verdict":"%Ss","address":"%<a","bytes":%<st}
access_log stdio:/dev/stdout plain
netdb_filename none
pinger_enable off
shutdown_lifetime 5 seconds
connect_timeout 10 seconds
forwarded_for delete
# An answer of a name server is kept for at least a minute, whatever it says itself: so the address that was judged below
# is the one that is called.
positive_dns_ttl 5 minutes
negative_dns_ttl 1 minute

acl clients src ${clients.join(" ")}
acl inside dst ${[...notTheInternet.filter((range) => range !== "169.254.169.254/32"), ...reserved, ...notTheInternet6].join(" ")}
# Names of metadata services, and names that only a private name server knows.
acl inside_names dstdomain -n metadata metadata.goog instance-data .internal .local .localdomain .localhost
acl web_ports port 443
acl CONNECT method CONNECT
${hosts.length === 0 ? "" : `acl known_hosts dstdomain -n ${hosts.join(" ")}\n`}
http_access deny !clients
http_access deny inside_names
http_access deny inside
http_access deny !CONNECT
http_access deny !web_ports
${hosts.length === 0 ? "" : "http_access deny !known_hosts\n"}http_access allow clients
http_access deny all
`;
}
