/** One machine at Oracle that runs the platform's own services in compose and is the only gateway of its network. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import * as core from "@pulumi/oci/core";
import * as identity from "@pulumi/oci/identity";
import * as kms from "@pulumi/oci/kms";
import * as vault from "@pulumi/oci/vault";
import * as pulumi from "@pulumi/pulumi";
import { at } from "../../../topology/derive";
import { identitiesOf } from "../../../topology/tailnet";
import { refuse } from "../../parts/component";
import { bootScript, composeOf, folders, secretsAt } from "../compose";
import { accessOf } from "../access";
import { resolveOciGatewayArgs, type OciGatewayArgs, type OciGatewayHome, type OciGatewayNeeds, type ResolvedOciGatewayArgs } from "./args";
import { gatewayNetwork, tags } from "./network";

export type { OciGatewayArgs, OciGatewayHome, OciGatewayNeeds, OciGatewayPlatform } from "./args";

export interface BuiltOciGateway {
    readonly home: OciGatewayHome;
    readonly passwords: { readonly admin: pulumi.Output<string>; readonly user: pulumi.Output<string> };
    readonly facts: Readonly<Record<string, pulumi.Input<unknown>>>;
    serve(needs: OciGatewayNeeds): void;
}

export function ociGateway(component: pulumi.ComponentResource, name: string, given: OciGatewayArgs): BuiltOciGateway {
    const args = resolveOciGatewayArgs(given, (problems) => refuse(component, "AgentCluster", name, problems));
    const { topology, platform, place, images, protect } = args;
    const prefix = topology.namespace;
    const compartmentId = platform.compartment;
    const opts = { parent: component };
    const kept = { ...opts, protect };
    const network = gatewayNetwork(component, name, args);

    const safe = new kms.Vault(`${name}-vault`, { compartmentId, displayName: prefix, vaultType: "DEFAULT", freeformTags: { ...tags } }, kept);
    const key = new kms.Key(`${name}-key`, { compartmentId, displayName: prefix, managementEndpoint: safe.managementEndpoint, keyShape: { algorithm: "AES", length: 32 }, protectionMode: "HSM", freeformTags: { ...tags } }, kept);

    const machine = new core.Instance(`${name}-gateway`, {
        compartmentId, availabilityDomain: platform.availabilityDomain, displayName: `${prefix}-gateway`, shape: args.shape.name, shapeConfig: { ocpus: args.shape.ocpus, memoryInGbs: args.shape.memory },
        sourceDetails: { sourceType: "image", sourceId: platform.image, bootVolumeSizeInGbs: "100", kmsKeyId: key.id },
        // It passes packets on that are not its own.
        createVnicDetails: { subnetId: network.gatewaySubnet.id, assignPublicIp: "false", skipSourceDestCheck: true, hostnameLabel: "gateway" },
        platformConfig: { type: "AMD_VM", isSecureBootEnabled: true, isTrustedPlatformModuleEnabled: true, isMeasuredBootEnabled: true },
        isPvEncryptionInTransitEnabled: true, instanceOptions: { areLegacyImdsEndpointsDisabled: true }, agentConfig: { isMonitoringDisabled: false, isManagementDisabled: false },
        availabilityConfig: { recoveryAction: "RESTORE_INSTANCE", isLiveMigrationPreferred: true },
        // Only how to find what it shall do: what a machine was started with cannot be changed without making it anew.
        metadata: { user_data: safe.id.apply((id) => Buffer.from(cloudConfig(loader(prefix, id))).toString("base64")) },
        freeformTags: { ...tags },
    }, opts);
    const privateIps = core.getPrivateIpsOutput({ ipAddress: machine.privateIp, subnetId: network.gatewaySubnet.id }, opts);
    const privateIp = privateIps.privateIps.apply((found = []) => found[0]?.id ?? "");
    const address = new core.PublicIp(`${name}-address`, { compartmentId, lifetime: "RESERVED", displayName: `${prefix}-gateway`, privateIpId: privateIp, freeformTags: { ...tags } }, kept);
    network.routeThrough(privateIp);
    const group = new identity.DynamicGroup(`${name}-identity`, { compartmentId: platform.tenancy, name: `${prefix}-gateway`, description: "The gateway of the agent platform", matchingRule: pulumi.interpolate`instance.id = '${machine.id}'`, freeformTags: { ...tags } }, opts);
    new identity.Policy(`${name}-rights`, { compartmentId, name: `${prefix}-gateway`, description: "The gateway reads its own secrets and writes its exports", statements: [
        pulumi.interpolate`Allow dynamic-group ${group.name} to read secret-bundles in compartment id ${compartmentId} where target.vault.id = '${safe.id}'`,
        pulumi.interpolate`Allow dynamic-group ${group.name} to manage objects in compartment id ${compartmentId} where all {target.bucket.name = '${bucketName(prefix)}', any {request.permission = 'OBJECT_CREATE', request.permission = 'OBJECT_OVERWRITE', request.permission = 'OBJECT_INSPECT'}}`,
    ], freeformTags: { ...tags } }, opts);

    const { passwords, secrets: own } = accessOf(component, name, protect, args.sessionKeys);
    return {
        home: { prefix, protect, topology, images, compartment: compartmentId, dataSubnet: network.dataSubnet.id, dataGroup: network.dataGroup.id, key: key.id, address: address.ipAddress, secrets: own },
        passwords,
        facts: { gateway: address.ipAddress },
        serve(needs) {
            const values: Readonly<Record<string, pulumi.Input<string>>> = { ...own, ...needs.secrets };
            const wantedHere = [...secretsAt(topology, place.name), tailnetKey];
            for (const wanted of wantedHere) {
                const value = values[wanted];
                if (value === undefined) throw new pulumi.ResourceError(`AgentCluster "${name}" cannot serve: nothing gives the secret "${wanted}"`, component, true);
                new vault.Secret(`${name}-${wanted.replaceAll("/", "-")}-secret`, {
                    compartmentId, vaultId: safe.id, keyId: key.id, secretName: secretName(prefix, wanted),
                    secretContent: { contentType: "BASE64", content: pulumi.secret(value).apply((text = "") => Buffer.from(text).toString("base64")) }, freeformTags: { ...tags },
                }, kept);
            }
            // Other values make another script, so that the machine notices them.
            const checksum = pulumi.unsecret(pulumi.all(wantedHere.map((wanted) => pulumi.output(values[wanted]!))).apply(checksumOf));
            new vault.Secret(`${name}-boot-script`, {
                compartmentId, vaultId: safe.id, keyId: key.id, secretName: bootName(prefix), description: "What the gateway does at boot and when this changes; no secret is in it",
                secretContent: { contentType: "BASE64", content: pulumi.all([safe.id, checksum]).apply(([id, sum]) => gzipSync(gatewayScript(args, id, sum), { level: 9 }).toString("base64")) }, freeformTags: { ...tags },
            }, kept);
        },
    };
}

/** The bucket that the nightly export goes to. */
export function bucketName(prefix: string): string {
    return `${prefix}-files`;
}

/** With it the machine joins the tailnet: the secret of an OAuth client, which does not expire. */
const tailnetKey = "tailnet/gateway";

function bootName(prefix: string): string {
    return `${prefix}-boot`;
}

/** It gives nothing away: the values have more random bits than anybody can try. */
function checksumOf(values: readonly string[]): string {
    return createHash("sha256").update(JSON.stringify(values)).digest("hex").slice(0, 16);
}

function secretName(prefix: string, secret: string): string {
    return `${prefix}-${secret.replaceAll("/", "-")}`;
}

/** Everything that the machine is told; no secret is in it. @param checksum of the secrets: containers that use some start anew with another */
export function gatewayScript(args: ResolvedOciGatewayArgs, vaultId: string, checksum: string): string {
    const { topology, place, images, data, edge } = args;
    const environment = Object.fromEntries(at(topology, place.name).services.filter((service) => Object.keys(service.secrets).length > 0).map((service) => [service.name, { SECRETS_CHECKSUM: checksum }]));
    const project = composeOf({ topology, place: place.name, images, published: [], files: {}, logging: { driver: "journald", options: { tag: "{{.Name}}" } }, environment });
    const prefix = topology.namespace;
    const [tag] = identitiesOf(topology).filter((one) => one === `tag:${place.name}`);
    if (tag === undefined) throw new Error(`${place.name} has no link to the tailnet`);
    const fetched = [...secretsAt(topology, place.name), tailnetKey];
    return bootScript({
        project,
        files: {},
        packages: ["docker.io", "docker-compose-v2", "ca-certificates", "curl", "jq", "iptables", "python3-venv"],
        fetchSecrets: `fetch_secret() {
    # At the very first start the secret may be a minute younger than the machine.
    for _ in $(seq 60); do
        if value=$(/opt/oci/bin/oci secrets secret-bundle get-secret-bundle-by-name --auth instance_principal --vault-id ${vaultId} --secret-name "$2" --query 'data."secret-bundle-content".content' --raw-output); then
            base64 --decode <<< "$value" | keep "$1"
            return
        fi
        sleep 10
    done
    echo "the secret $2 cannot be read" >&2
    return 1
}
${fetched.map((secret) => `fetch_secret ${secret} ${secretName(prefix, secret)}`).join("\n")}`,
        signIn: "",
        stores: topology.flows.flatMap((flow) => {
            const store = topology.stores.find((one) => one.name === flow.to);
            const here = topology.services.concat(topology.tasks as never[]).find((one) => one.name === flow.from)?.place ?? topology.places[0]?.name;
            if (here !== place.name || flow.port === undefined) return [];
            // Stores of others have no fixed address; the tailnet's and theirs are let through by port.
            return [{ range: store?.place === data.name ? data.subnet! : "0.0.0.0/0", port: flow.port }];
        }).filter((one, index, all) => all.findIndex((other) => other.range === one.range && other.port === one.port) === index),
        before: `# The tailnet: this machine is the only way from it into the network, and the other way round.
install --directory --mode=0755 /usr/share/keyrings
if [ ! -f /etc/apt/sources.list.d/tailscale.list ]; then
    curl --fail --silent --show-error --retry 5 https://pkgs.tailscale.com/stable/ubuntu/noble.noarmor.gpg --output /usr/share/keyrings/tailscale-archive-keyring.gpg
    curl --fail --silent --show-error --retry 5 https://pkgs.tailscale.com/stable/ubuntu/noble.tailscale-keyring.list --output /etc/apt/sources.list.d/tailscale.list
    chmod 0644 /usr/share/keyrings/tailscale-archive-keyring.gpg /etc/apt/sources.list.d/tailscale.list
fi
apt-get update
apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends tailscale
printf 'net.ipv4.ip_forward = 1\\nnet.ipv6.conf.all.forwarding = 1\\n' > /etc/sysctl.d/99-agent-platform.conf
sysctl --quiet --load /etc/sysctl.d/99-agent-platform.conf
# Only direct connections need a door: the port is the one that the security list opens.
printf 'PORT=41641\\nFLAGS=\\n' > /etc/default/tailscaled
systemctl enable --now tailscaled
tailscale up --reset --auth-key="file:/run/agent-platform/secrets/${tailnetKey}" --hostname=${place.name} --advertise-tags=${tag} --advertise-routes=${data.subnet} --accept-dns=true --accept-routes=false --netfilter-mode=on
# What the stores' subnet sends out passes here.
iptables --wait --table nat --check POSTROUTING --source ${data.subnet} ! --destination ${topology.networks.find((one) => one.name === place.network)?.cidr} --jump MASQUERADE 2>/dev/null ||
    iptables --wait --table nat --append POSTROUTING --source ${data.subnet} ! --destination ${topology.networks.find((one) => one.name === place.network)?.cidr} --jump MASQUERADE
${nightlyExport(args)}
# People come in by the tunnel to ${edge.address}: nothing listens for them here.`,
    });
}

/** Every night all data and documents go to the bucket, whose versions keep the older ones. */
function nightlyExport({ topology, images }: ResolvedOciGatewayArgs): string {
    if (images.postgres === undefined) throw new Error("there is no image \"postgres\", and its pg_dump makes the exports");
    return `cat > /usr/local/sbin/agent-platform-export <<'EXPORT'
#!/bin/bash
set -euo pipefail
umask 077
trap 'rm -f /var/tmp/agent-platform.dump' EXIT
docker run --rm --user 999:999 --read-only --cap-drop ALL --volume ${folders.secrets}/database-owner/url:/run/url:ro ${images.postgres} sh -c 'pg_dump --format=custom "$(cat /run/url)"' > /var/tmp/agent-platform.dump
/opt/oci/bin/oci os object put --auth instance_principal --bucket-name ${bucketName(topology.namespace)} --name exports/agents_db.dump --file /var/tmp/agent-platform.dump --force
EXPORT
chmod 0700 /usr/local/sbin/agent-platform-export
printf '[Unit]\\nDescription=Nightly export of the agent platform\\n[Service]\\nType=oneshot\\nExecStart=/usr/local/sbin/agent-platform-export\\n' > /etc/systemd/system/agent-platform-export.service
printf '[Timer]\\nOnCalendar=*-*-* 03:30:00 UTC\\nPersistent=true\\n[Install]\\nWantedBy=timers.target\\n' > /etc/systemd/system/agent-platform-export.timer
systemctl daemon-reload
systemctl enable --now agent-platform-export.timer`;
}

/** Fetches the script from the vault, and runs it at every start (secrets are in memory) and whenever it is another. */
export function loader(prefix: string, vaultId: string): string {
    return `#!/bin/bash
set -euo pipefail
umask 077
export DEBIAN_FRONTEND=noninteractive
# Oracle's client, which signs as this machine.
if [ ! -x /opt/oci/bin/oci ]; then
    apt-get -o Acquire::Retries=5 update
    apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends python3-venv
    python3 -m venv /opt/oci
    /opt/oci/bin/pip install --quiet --disable-pip-version-check oci-cli==3.62.2
fi
mkdir -p /run/agent-platform
/opt/oci/bin/oci secrets secret-bundle get-secret-bundle-by-name --auth instance_principal --vault-id ${vaultId} --secret-name ${bootName(prefix)} --query 'data."secret-bundle-content".content' --raw-output | base64 --decode | gunzip > /run/agent-platform/boot.new
if ! cmp --silent /run/agent-platform/boot.new /run/agent-platform/boot.done; then
    bash /run/agent-platform/boot.new
    mv /run/agent-platform/boot.new /run/agent-platform/boot.done
fi
`;
}

/** A script that runs at every start of the machine, and every five minutes. */
export function cloudConfig(script: string): string {
    const unit = "[Unit]\nDescription=Agent platform\nAfter=network-online.target\nWants=network-online.target\n\n[Service]\nType=oneshot\nExecStart=/usr/local/sbin/agent-platform\n";
    const timer = "[Timer]\nOnBootSec=10s\nOnUnitInactiveSec=5min\n\n[Install]\nWantedBy=timers.target\n";
    const config = {
        write_files: [
            { path: "/usr/local/sbin/agent-platform", permissions: "0700", encoding: "gz+b64", content: gzipSync(script, { level: 9 }).toString("base64") },
            { path: "/etc/systemd/system/agent-platform.service", permissions: "0644", content: unit },
            { path: "/etc/systemd/system/agent-platform.timer", permissions: "0644", content: timer },
        ],
        runcmd: [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "--no-block", "agent-platform.timer"]],
    };
    // JSON is YAML.
    return `#cloud-config\n${JSON.stringify(config, null, 2)}\n`;
}
