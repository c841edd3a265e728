/** From file to passages over four clouds: bucket and queue at Oracle, chunking at Fly.io, reading of scans on a GPU at Modal. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as objectstorage from "@pulumi/oci/objectstorage";
import * as redis from "@pulumi/oci/redis";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as fly from "../../../toolchain/plugins/fly/sdk";
import * as modal from "../../../toolchain/plugins/modal/sdk";
import type { Share } from "../../../topology/derive";
import { parseCpu, parseMemory } from "../../../topology/quantities";
import type { Bucket, ManagedRedis, Place, Service } from "../../../topology/types";
import { tags } from "../../agent-cluster/oci-gateway/network";
import { bucketName, type OciGatewayHome } from "../../agent-cluster/oci-gateway";
import { refuse } from "../../parts/component";
import { tunnelledPort, type NeonDatabase } from "../../rag-service/neon";

export interface MeshForm {
    readonly kind: "mesh";
    /** Namespace of Object Storage, which belongs to the tenancy. */
    readonly objectNamespace: string;
    /** Organization and region of the Machines that chunk. */
    readonly fly: { readonly organization: string; readonly region: string };
    /** Environment of the functions that read pictures. */
    readonly modal: { readonly environment: string };
}

export interface MeshArgs {
    readonly form: MeshForm;
    /** `home` of an AgentCluster on a gateway at Oracle. */
    readonly home: OciGatewayHome;
    /** Bucket, Redis, and the workers at Fly.io and Modal. */
    readonly share: Share;
    /** Where passages and jobs are: `database` of a RagService. */
    readonly database: NeonDatabase;
}

/** What the workers are given once tunnel and tailnet are there. */
export interface WorkerNeeds {
    readonly databaseHostname: string;
    readonly serviceToken: { readonly id: pulumi.Input<string>; readonly secret: pulumi.Input<string> };
    /** By identity: what it joins the tailnet with. */
    readonly keys: Readonly<Record<string, pulumi.Input<string>>>;
}

export interface BuiltMesh {
    readonly bucket: pulumi.Output<string>;
    work(needs: WorkerNeeds): void;
}

const megabyte = 2 ** 20;

export function mesh(component: pulumi.ComponentResource, name: string, { form, home, share, database }: MeshArgs): BuiltMesh {
    const placed = (kind: Place["kind"]): Service | undefined => share.services.find((service) => home.topology.places.some((place) => place.kind === kind && place.name === service.place));
    const [chunker, reader] = [placed("fly"), placed("modal")];
    const queue = share.stores.find((store): store is ManagedRedis => store.form === "oci-cache");
    const files = share.stores.find((store): store is Bucket => store.form === "oci-bucket");
    refuse(component, "UploadPipeline", name, [
        ...(chunker === undefined ? ["share.services: none runs at Fly.io, and documents are chunked there"] : []),
        ...(reader?.port === undefined ? ["share.services: none with a port runs at Modal, and scans are read there"] : []),
        ...(queue === undefined ? ["share.stores: there is no Redis at Oracle, and the workers take their documents from it"] : []),
        ...(files === undefined ? ["share.stores: there is no bucket at Oracle"] : []),
    ]);
    const kept = { parent: component, protect: home.protect };
    const bucket = new objectstorage.Bucket(`${name}-files`, { compartmentId: home.compartment, namespace: form.objectNamespace, name: bucketName(home.prefix), accessType: "NoPublicAccess", versioning: files!.versioning ? "Enabled" : "Disabled", objectEventsEnabled: true, kmsKeyId: home.key, storageTier: "Standard", freeformTags: { ...tags } }, kept);
    const cluster = new redis.RedisCluster(`${name}-redis`, {
        compartmentId: home.compartment, displayName: `${home.prefix}-queue`, nodeCount: queue!.nodes, nodeMemoryInGbs: Math.max(2, (parseMemory(queue!.size) ?? 0) / 2 ** 30), softwareVersion: "VALKEY_7_2", clusterMode: "NONSHARDED",
        subnetId: home.dataSubnet, nsgIds: [home.dataGroup], freeformTags: { ...tags },
    }, kept);
    const key = pulumi.secret(new random.RandomPassword(`${name}-parse-key`, { length: 48, special: false }, kept).result);
    return {
        bucket: bucket.name,
        work(needs) {
            const parsers = (apiKey: string): string => JSON.stringify([{ provider: "modal-ocr", url: `http://${reader!.name}:${reader!.port}/`, apiKey }]);
            chunking(component, name, form, home, chunker!, { ...needs, parsers: key.apply(parsers), redisUrl: pulumi.interpolate`rediss://${cluster.primaryFqdn}:${queue!.port}`, databaseUrl: database.tunnelledUrl });
            reading(component, name, form, home, reader!, needs, key);
        },
    };
}

/** Machines that each run the worker, its place on the tailnet and its end of the tunnel to the database. */
function chunking(parent: pulumi.Resource, name: string, form: MeshForm, home: OciGatewayHome, service: Service, needs: WorkerNeeds & { readonly parsers: pulumi.Output<string>; readonly redisUrl: pulumi.Output<string>; readonly databaseUrl: pulumi.Output<string> }): void {
    const { app: image, tailscale, cloudflared } = home.images;
    if (image === undefined || tailscale === undefined || cloudflared === undefined) throw new pulumi.ResourceError(`UploadPipeline "${name}" needs the images app, tailscale and cloudflared`, parent, true);
    const app = new fly.App(`${name}-chunking`, { name: `${home.prefix}-${form.fly.organization}-chunking`, organization: form.fly.organization, network: home.prefix }, { parent });
    const secrets = new fly.Secrets(`${name}-chunking-secrets`, {
        app: app.name,
        values: { DATABASE_URL: needs.databaseUrl, REDIS_URL: needs.redisUrl, PARSERS: needs.parsers, TUNNEL_SERVICE_TOKEN_ID: needs.serviceToken.id, TUNNEL_SERVICE_TOKEN_SECRET: needs.serviceToken.secret, TS_AUTHKEY: keyOf(parent, needs, service) },
    }, { parent });
    const { limits } = service.resources;
    for (let index = 1; index <= service.replicas.max; index++) {
        new fly.Machine(`${name}-chunking-${index}`, {
            app: app.name, name: `${service.name}-${index}`, region: form.fly.region, image, cpuKind: "shared", cpus: Math.ceil((parseCpu(limits.cpu) ?? 1000) / 1000), memoryMb: Math.ceil(((parseMemory(limits.memory) ?? 0) / megabyte + 512) / 256) * 256,
            environment: { ...service.settings }, secretsVersion: secrets.version, healthPort: service.health.port, healthPath: "/health", stopSeconds: service.graceSeconds,
            sidecars: [
                { name: "tailnet", image: tailscale, environment: { TS_USERSPACE: "false", TS_HOSTNAME: `${service.name}-${index}`, TS_STATE_DIR: "mem:", TS_EXTRA_ARGS: `--advertise-tags=tag:${service.name} --accept-routes`, TS_ACCEPT_DNS: "true" }, command: [] },
                { name: "tunnel", image: cloudflared, environment: {}, command: ["access", "tcp", "--hostname", needs.databaseHostname, "--url", `127.0.0.1:${tunnelledPort}`] },
            ],
        }, { parent });
    }
}

/** The function that reads scans; its source lies beside this file. */
function reading(parent: pulumi.Resource, name: string, form: MeshForm, home: OciGatewayHome, service: Service, needs: WorkerNeeds, key: pulumi.Output<string>): void {
    const { gpu, resources: { limits } } = service;
    const secret = new modal.Secret(`${name}-reading-secrets`, { name: `${home.prefix}-${service.name}`, environment: form.modal.environment, values: { OCR_API_KEY: key, TS_AUTHKEY: keyOf(parent, needs, service), TS_HOSTNAME: service.name, TS_TAGS: `tag:${service.name}` } }, { parent });
    new modal.WebApp(`${name}-reading`, {
        name: `${home.prefix}-${service.name}`, environment: form.modal.environment, imageCommands: [...readingImage], imageFiles: { "ocr.py": readFileSync(join(__dirname, "ocr.py"), "utf8") },
        module: "ocr", function: "serve", port: service.port!, ...(gpu === undefined ? {} : { gpu: gpu.kind as "L4", gpus: gpu.count }), cpuMillis: parseCpu(limits.cpu) ?? 1000, memoryMb: (parseMemory(limits.memory) ?? 0) / megabyte,
        timeoutSeconds: 300, startupSeconds: 600, minContainers: service.replicas.min, maxContainers: service.replicas.max, idleSeconds: 300, concurrentRequests: 4, secretIds: [secret.secretId],
    }, { parent });
}

/** The weights are part of the image, so that a container that starts asks nobody for them. */
const readingImage = [
    "FROM python:3.12.12-slim-trixie",
    "RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates curl && curl -fsSL https://pkgs.tailscale.com/stable/debian/trixie.noarmor.gpg -o /usr/share/keyrings/tailscale-archive-keyring.gpg && curl -fsSL https://pkgs.tailscale.com/stable/debian/trixie.tailscale-keyring.list -o /etc/apt/sources.list.d/tailscale.list && apt-get update && apt-get install --yes --no-install-recommends tailscale && rm -rf /var/lib/apt/lists/*",
    "RUN pip install --no-cache-dir torch==2.6.0 torchvision==0.21.0 transformers==4.46.3 tokenizers==0.20.3 einops==0.8.1 addict==2.4.0 easydict==1.13 pillow==11.3.0 huggingface-hub==0.35.3",
    "RUN python -c \"from huggingface_hub import snapshot_download; snapshot_download('deepseek-ai/DeepSeek-OCR', local_dir='/models/deepseek-ocr')\"",
    "COPY ocr.py /root/ocr.py",
] as const;

function keyOf(parent: pulumi.Resource, { keys }: WorkerNeeds, service: Service): pulumi.Input<string> {
    const key = keys[`tag:${service.name}`];
    if (key === undefined) throw new pulumi.ResourceError(`the tailnet has no identity for ${service.name}`, parent, true);
    return key;
}
