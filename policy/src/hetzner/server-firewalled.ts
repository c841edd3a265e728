import { about } from "../common/about";
import { stackOf } from "../common/examples";
import { isTrue } from "../common/truth";
import type { Findings } from "../core/findings";
import type { Resource } from "../core/resource";
import type { StackRule } from "../core/rule";
import type { Value } from "../core/value";
import { cisControl, hetzner } from "./frameworks";
import { resource as sound } from "./sound";
import { hcloud } from "./types";

export const hclServerFirewalled: StackRule = {
    id: "hcl-server-firewalled",
    title: "Every server has a firewall",
    what: "Servers name a firewall in `firewallIds`, or one of the stack is attached to them, by id or by a label selector; `ignoreRemoteFirewallIds` is not true.",
    why: "Hetzner lets everything in where there is no firewall. With `ignoreRemoteFirewallIds` nobody notices when the firewall is taken off.",
    severity: "high",
    strictness: "mandatory",
    references: [hetzner("Firewalls"), cisControl("4.4")],
    remediation: ["Set `firewallIds: [firewall.id]`, or attach the firewall by a label that all servers have."],
    compliant: [stackOf(sound(hcloud.server)), stackOf(sound(hcloud.server, { firewallIds: null, labels: { role: "worker" } }), sound(hcloud.firewall, { applyTos: [{ labelSelector: "role=worker" }] }))],
    violating: [stackOf(sound(hcloud.server, { firewallIds: null })), stackOf(sound(hcloud.server, { firewallIds: [] })), stackOf(sound(hcloud.server, { ignoreRemoteFirewallIds: true }))],
    scope: "stack",
    group: "clouds-stack",
    check(resources, _settings, findings) {
        const attachments = resources.flatMap(attachmentsOf);
        for (const resource of resources) if (resource.type === hcloud.server) checkServer(resource, attachments, about(findings, resource));
    },
};

/** What a firewall is attached to: servers by id, or by their labels. */
interface Attachment {
    readonly servers: readonly Value[];
    readonly selectors: readonly Value[];
}

function attachmentsOf({ type, properties }: Resource): Attachment[] {
    if (type === hcloud.attachment) return [{ servers: properties.at("serverIds").list(), selectors: properties.at("labelSelectors").list() }];
    if (type !== hcloud.firewall) return [];
    const targets = properties.at("applyTos").list();
    return [{ servers: targets.map(target => target.at("server")), selectors: targets.map(target => target.at("labelSelector")) }];
}

function checkServer({ properties }: Resource, attachments: readonly Attachment[], findings: Findings): void {
    findings.forbid(properties.at("ignoreRemoteFirewallIds"), isTrue, "hides that a firewall is taken off");
    const own = properties.at("firewallIds");
    // An id that is not known yet is a firewall all the same.
    if (own.isList && own.list().length > 0) return;
    if (own.unknown) return findings.undetermined(own);
    const id = properties.at("id");
    const labels = properties.at("labels");
    const isMine = (server: Value): boolean => id.known && server.known && String(server.value) === String(id.value);
    if (attachments.some(({ servers, selectors }) => servers.some(isMine) || selectors.some(selector => selector.text !== undefined && selects(selector.text, labels)))) return;
    const maybe = attachments.flatMap(({ servers, selectors }) => [...servers, ...selectors]).find(value => value.unknown) ?? (attachments.some(({ servers }) => servers.some(server => server.known)) && !id.known ? own : undefined);
    if (labels.unknown && attachments.some(({ selectors }) => selectors.some(selector => selector.known))) findings.undetermined(labels);
    else if (maybe) findings.undetermined(own);
    else findings.violation(own, "names no firewall, and none is attached");
}

/** True if labels surely fit a selector such as `role=worker,zone!=edge,prod`. */
function selects(selector: string, labels: Value): boolean {
    return selector.split(",").every(part => {
        const match = /^\s*(!?)([\w./-]+)\s*(?:(==?|!=)\s*([\w.-]*))?\s*$/.exec(part);
        if (!match) return false;
        const [, not, key = "", operator, wanted] = match;
        const label = labels.at(key);
        if (label.unknown) return false;
        if (operator === undefined) return not === "!" ? label.absent : label.known;
        return operator === "!=" ? label.value !== wanted : label.value === wanted;
    });
}
