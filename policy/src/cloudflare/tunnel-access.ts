import { about } from "../common/about";
import { stackOf } from "../common/examples";
import { isTrue } from "../common/truth";
import type { Findings } from "../core/findings";
import type { Resource } from "../core/resource";
import type { StackRule } from "../core/rule";
import type { Value } from "../core/value";
import { asvs, cloudflareDocs } from "./frameworks";
import { resource as sound } from "./sound";
import { ingressesOf } from "./tunnel";
import { cloudflare } from "./types";

const configs: ReadonlySet<string> = new Set([cloudflare.tunnelConfig, cloudflare.tunnelConfigOld]);
const applications: ReadonlySet<string> = new Set([cloudflare.accessApplication, cloudflare.accessApplicationOld]);
/** Services that are a shell, a desktop, a disk or a bare port, as against pages with a sign-in of their own. */
const bare = /^(ssh|rdp|smb|vnc|tcp|bastion)(:|$)/i;
const shell = { config: { ingresses: [{ hostname: "ssh.example.com", service: "ssh://host:22" }, { service: "http_status:404" }] } };

export const cfTunnelAccess: StackRule = {
    id: "cf-tunnel-access",
    title: "Shells, desktops and databases behind a tunnel are behind Access",
    what: "Each way of a tunnel to ssh, rdp, smb, vnc or a bare TCP port either requires Access itself (`originRequest.access.required`) or has an Access application of the stack for its hostname.",
    why: "A shell behind a tunnel is a shell on the internet, with its password as the only door.",
    severity: "high",
    strictness: "mandatory",
    references: [cloudflareDocs("Tunnel: SSH, RDP, SMB and arbitrary TCP"), asvs("8.2.1")],
    remediation: ["Add a `ZeroTrustAccessApplication` for the hostname, with a policy that names who may use it."],
    compliant: [stackOf(sound(cloudflare.tunnelConfig, shell), sound(cloudflare.accessApplication, { domain: "ssh.example.com" })), stackOf(sound(cloudflare.tunnelConfig))],
    violating: [stackOf(sound(cloudflare.tunnelConfig, shell)), stackOf(sound(cloudflare.tunnelConfig, shell), sound(cloudflare.accessApplication))],
    scope: "stack",
    group: "clouds-stack",
    check(resources, _settings, findings) {
        const guarded = resources.filter(({ type }) => applications.has(type)).flatMap(namesOf);
        for (const resource of resources) {
            if (!configs.has(resource.type)) continue;
            const config = resource.properties.at("config");
            for (const way of ingressesOf(config).list()) checkWay(way, config, guarded, about(findings, resource));
        }
    },
};

/** The names that an application guards. */
function namesOf({ properties }: Resource): Value[] {
    const destinations = properties.at("destinations").list().flatMap(destination => [destination.at("uri"), destination.at("hostname")]);
    return [properties.at("domain"), ...properties.at("selfHostedDomains").list(), ...destinations].filter(value => !value.absent);
}

function checkWay(way: Value, config: Value, guarded: readonly Value[], findings: Findings): void {
    const service = way.at("service");
    if (service.unknown) return findings.undetermined(service);
    if (!bare.test(service.text ?? "")) return;
    const required = [way.at("originRequest", "access", "required"), config.at("originRequest", "access", "required")];
    const hostname = way.at("hostname");
    if (required.some(value => isTrue(value.value)) || guarded.some(name => covers(name.text, hostname.text))) return;
    const unclear = [...required, ...guarded, ...(guarded.length > 0 ? [hostname] : [])].find(value => value.unknown);
    if (unclear) findings.undetermined(unclear);
    else findings.violation(service, "is reachable without Access");
}

/** `example.com` with or without a path, or `*.example.com`. */
function covers(name: string | undefined, hostname: string | undefined): boolean {
    if (name === undefined || hostname === undefined) return false;
    const host = name.split("/")[0]!;
    return host === hostname || (host.startsWith("*.") && hostname.endsWith(host.slice(1)));
}
