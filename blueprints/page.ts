/**
 * Keeps the generated part of docs/blueprints/<name>.md true to the blueprint.
 * Run it to write the pages anew: `node --import tsx blueprints/page.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { topologyOfStack } from "../toolchain/commands/cost";
import { repository } from "../toolchain/core/paths";
import { drawingOf } from "../topology/drawing";
import { placeOf } from "../topology/derive";
import { forecastOf, type Forecast } from "../topology/forecast";
import { money } from "../topology/cost";
import { pictureOf } from "../topology/picture";
import { copiesOf, runsInCluster } from "../topology/stores";
import type { Service, Topology } from "../topology/types";
import { managedGcp } from "./managed-gcp";
import { mesh } from "./mesh";
import { portable } from "./portable";
import { standard } from "./standard";

const marks = { start: "<!-- generated: node --import tsx blueprints/page.ts -->", end: "<!-- end of what is generated -->" } as const;

/** The topologies that are drawn: everything a blueprint can have, at the numbers of its document. */
export const drawn: Readonly<Record<string, Topology>> = {
    // Its file holds the numbers of the document.
    hetzner: topologyOfStack("hetzner"),
    "managed-gcp": managedGcp({
        region: "europe-west4", zones: ["europe-west4-a", "europe-west4-b", "europe-west4-c"], hostname: "agents.example.com", instanceMachine: "e2-standard-4", instanceMin: 2, instanceMax: 10,
        databaseMachine: "db-custom-2-8192", storageSize: "100Gi", redisGigabytes: 5, rateLimitPerMinute: 100, refundApprovalThreshold: 100, agentOngoingRequests: 5,
        adminEmail: "admin@agent-platform.local", userEmail: "user@agent-platform.local",
    }),
    mesh: mesh({
        hostname: "agents.example.com", customerHostnames: [], ociRegion: "eu-frankfurt-1", gcpRegion: "europe-west4", neonRegion: "aws-eu-central-1", flyRegion: "fra", gatewayMachine: "VM.Standard.E4.Flex/4/16",
        chunkers: 2, readersMax: 3, redisGigabytes: 2, rateLimitPerMinute: 100, refundApprovalThreshold: 100, agentOngoingRequests: 5, adminEmail: "admin@agent-platform.local", userEmail: "user@agent-platform.local",
    }),
    portable: portable({
        storageSize: "10Gi", agentMinReplicas: 1, agentMaxReplicas: 5, agentOngoingRequests: 5, serviceReplicas: 1, reservedPercent: 100, refundApprovalThreshold: 100,
        adminEmail: "admin@agent-platform.local", userEmail: "user@agent-platform.local", tunnel: { hostname: "agents.example.com", token: "" },
    }),
    standard: standard({
        platform: { kind: "gke", provider: "gcp", project: "agents-production", region: "europe-west4" }, hostname: "agents-api.yourdomain.com", gatewayClass: "gke-l7-global-external-managed", gatewayNamespace: "",
        certificateIssuer: "letsencrypt-prod", rateLimitPerMinute: 100, database: "cloudnativepg", storageSize: "100Gi", queue: "redis", agentReplicas: 3, ragReplicas: 2, uploadReplicas: 3, workerReplicas: 1, mostReplicas: 20,
        agentOngoingRequests: 5, reservedPercent: 100, refundApprovalThreshold: 100, monitoring: true, keda: true, adminEmail: "admin@agent-platform.local", userEmail: "user@agent-platform.local",
        external: { supabaseUrl: "https://project.supabase.co", llamaparseKey: "", openaiKey: "", anthropicKey: "" },
    }),
};

export function pageOf(blueprint: string): string {
    return join(repository, "docs", "blueprints", `${blueprint}.md`);
}

/** The drawing beside the page. */
export function drawingFileOf(blueprint: string): string {
    return join(repository, "docs", "blueprints", `${blueprint}.svg`);
}

/** The page with its generated part renewed; what people wrote around it stays. */
export function renewed(page: string, topology: Topology): string {
    const [start, end] = [page.indexOf(marks.start), page.indexOf(marks.end)];
    if (start < 0 || end < start) throw new Error(`the page has no lines "${marks.start}" and "${marks.end}"`);
    return `${page.slice(0, start + marks.start.length)}\n\n${generatedPart(topology)}\n\n${page.slice(end)}`;
}

function generatedPart(topology: Topology): string {
    const where = (name: string): string[] => (topology.places.length === 1 ? [] : [placeOf(topology, name)?.name ?? ""]);
    const columns = ["name", ...where(""), "component", "replicas", "port", "CPU and memory, reserved → at most", "calls"].map((column) => (column === "" ? "place" : column));
    const rows = [
        ...topology.services.map((one) => [one.name, ...where(one.name), one.owner, replicas(one), one.port === undefined ? "" : String(one.port), amounts(one), calls(topology, one.name)]),
        ...topology.tasks.map((one) => [one.name, ...where(one.name), one.owner, "once", "", amounts(one), calls(topology, one.name)]),
        ...topology.stores.map((one) => [one.name, ...where(one.name), one.owner, String(copiesOf(one)), String(one.port), runsInCluster(one) ? amounts(one) : one.size, calls(topology, one.name)]),
    ];
    return [
        `![What runs where, and who calls whom](${topology.blueprint}.svg)`,
        "",
        "```mermaid",
        drawingOf(topology),
        "```",
        "",
        `| ${columns.join(" | ")} |`,
        `|${columns.map(() => "---").join("|")}|`,
        ...rows.map((row) => `| ${row.join(" | ")} |`),
        "",
        ...forecast(forecastOf(topology)).map((line) => `- ${line}`),
    ].join("\n");
}

/** What a preview of this topology says of cost, data paths and promises. */
function forecast({ cost, paths, backups }: Forecast): string[] {
    const parts = Object.entries(cost.byProvider).map(([provider, amount]) => `${provider} ${amount.toFixed(2)}`);
    return [
        cost.lines.length === 0 ? "Cost: the machines are yours, and nothing else is paid for." : `Cost of a month: ${money(cost.atLeast, cost.currency)} at the least scale, ${money(cost.atMost, cost.currency)} at the greatest (${parts.join(", ")}); list prices, the oldest of ${cost.pricesAsOf}, see topology/prices.json.`,
        `Data paths: ${paths.encrypted} of ${paths.count} flows are encrypted by WireGuard or TLS, the others stay inside a private network or a machine; by volume ${Math.floor(paths.encryptedShare * 1000) / 10} % of what leaves a machine.`,
        ...backups.map((plan) => `Backup of ${plan.store}: \`${plan.schedule}\`${plan.archiveSeconds === undefined ? "" : `, its log archived every ${plan.archiveSeconds} s`}; loses ${plan.lossMinutes} minutes at most, is restored in about ${plan.restoreMinutes}.`),
    ];
}

function replicas({ replicas: { min, max } }: Service): string {
    return min === max ? String(min) : `${min}–${max}`;
}

function amounts({ resources: { requests, limits } }: Pick<Service, "resources">): string {
    return `${requests.cpu} ${requests.memory} → ${limits.cpu} ${limits.memory}`;
}

function calls(topology: Topology, name: string): string {
    return topology.flows.filter((flow) => flow.from === name).map((flow) => flow.to).join(", ");
}

if (require.main === module) {
    for (const [blueprint, topology] of Object.entries(drawn)) {
        writeFileSync(pageOf(blueprint), renewed(readFileSync(pageOf(blueprint), "utf8"), topology));
        writeFileSync(drawingFileOf(blueprint), pictureOf(topology));
    }
}
