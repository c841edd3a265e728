/**
 * Every Kubernetes object of every stack, judged by the real API server with the real definitions of those who made
 * them: a server-side dry run says what it would refuse.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run, tryRun } from "../../toolchain/core/run";
import { findPrograms } from "../../toolchain/kubernetes/programs";
import { TestCluster } from "../../toolchain/kubernetes/testing/harness";
import { canRunContainers } from "../support/container";
import { definitions } from "../support/definitions";
import type { Graph, Registered } from "../golden/graph";

interface KubeObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Kinds whose definitions are in no package registry: nobody judges these. */
const unjudged: ReadonlySet<string> = new Set([
    "networking.gke.io/v1 GCPBackendPolicy",
    // Of platform services of hetzner, whose definitions come with their charts.
    "argoproj.io/v1alpha1 AppProject",
    "argoproj.io/v1alpha1 Application",
    "cilium.io/v2 CiliumNetworkPolicy",
    "longhorn.io/v1beta2 RecurringJob",
    "talos.dev/v1alpha1 ServiceAccount",
]);

const golden = join(__dirname, "..", "golden");
const stacks = readdirSync(golden).filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));

const wrongly = (apiVersion: string, kind: string, name: string, spec: object) => ({ apiVersion, kind, metadata: { name, namespace: "wrong" }, spec });
const wrong = [
    wrongly("keda.sh/v1alpha1", "ScaledObject", "scaler", { scaleTargetRef: { name: "x" }, triggers: [{ typ: "cron" }] }),
    wrongly("postgresql.cnpg.io/v1", "Cluster", "database", { instances: 0 }),
    wrongly("gateway.networking.k8s.io/v1", "HTTPRoute", "route", { rules: [{ backendRefs: [{ name: "x", port: 99999 }] }] }),
    wrongly("cert-manager.io/v1", "Certificate", "certificate", { dnsNames: ["x"] }),
    wrongly("apps/v1", "Deployment", "workload", { replicas: 1 }),
    wrongly("external-secrets.io/v1", "ExternalSecret", "secret", { data: [{ secretKey: "x" }] }),
    wrongly("policy.sigstore.dev/v1alpha1", "ClusterImagePolicy", "policy", { images: [{ glob: "r.test/**" }], authorities: [{ key: "k" }] }),
];

describe("the API server", function () {
    this.timeout(600_000);
    const cluster = new TestCluster();
    let served: ReadonlySet<string>;

    before(async function () {
        if (!(await canRunContainers())) return this.skip();
        // Each definition costs the server as much as a hundred objects, and of most projects ours need a few.
        const asked = new Set([...stacks.flatMap((stack) => graphOf(stack).resources.flatMap(objectOf)), ...wrong].map(({ apiVersion, kind }) => `${apiVersion.split("/")[0]} ${kind}`));
        const files = (await definitions()).filter((file) => asked.has(definedIn(file)));
        await cluster.start({ withImage: false });
        // They are larger than what client-side apply may note on an object.
        await run(...(await kubectl(["apply", "--server-side", "--force-conflicts", ...files.flatMap((file) => ["-f", file])])));
        await run(...(await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"])));
        const kinds = await run(...(await kubectl(["api-resources", "--no-headers"])));
        // It lists each kind in the version that it likes best; a definition may serve more.
        const { items } = JSON.parse(await run(...(await kubectl(["get", "crd", "--output=json"])))) as { items: { spec: { group: string; names: { kind: string }; versions: { name: string; served: boolean }[] } }[] };
        const more = items.flatMap(({ spec }) => spec.versions.filter((version) => version.served).map(({ name }) => `${spec.group}/${name} ${spec.names.kind}`));
        served = new Set([...kinds.trim().split("\n").map((line) => line.trim().split(/\s+/)).map((words) => `${words.at(-3)} ${words.at(-1)}`), ...more]);
    });
    after(() => cluster.remove());

    async function kubectl(args: readonly string[]): Promise<[string, string[], { env: NodeJS.ProcessEnv }]> {
        return [join((await findPrograms()).kubernetes, "kubectl"), [...args], { env: { KUBECONFIG: join(cluster.home, "kubeconfig") } }];
    }

    /** What the server says to each object; nothing for those that it takes. */
    async function refused(objects: readonly object[]): Promise<string[]> {
        const [command, args, options] = await kubectl(["apply", "--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts", "-f", "-"]);
        const { stderr } = await tryRun(command, args, { ...options, input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }) });
        return stderr.split("\n").filter((line) => line !== "" && !line.startsWith("Warning:"));
    }

    for (const stack of stacks) {
        it(`takes every object of ${stack}`, async () => {
            const objects = graphOf(stack).resources.flatMap(objectOf).filter((object) => !unjudged.has(kindOf(object)));
            const namespaces = [...new Set(objects.flatMap((object) => object.metadata.namespace ?? []))];
            // Only for namespaced objects to have a place in the dry run.
            await cluster.apply(...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
            for (const object of objects) assert.ok(served.has(kindOf(object)), `the server knows ${kindOf(object)}`);
            assert.deepEqual(await refused(objects), []);
        });
    }

    it("refuses what is wrong, so that taking something says something", async () => {
        await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "wrong" } });
        for (const object of wrong) assert.notDeepEqual(await refused([object]), [], object.kind);
    });
});

function graphOf(stack: string): Graph {
    return JSON.parse(readFileSync(join(golden, `${stack}.json`), "utf8")) as Graph;
}

/** What a file with one definition defines. */
function definedIn(file: string): string {
    const text = readFileSync(file, "utf8");
    return `${/^ {2}group: (\S+)$/m.exec(text)?.[1]} ${/^ {4}kind: (\S+)$/m.exec(text)?.[1]}`;
}

function kindOf({ apiVersion, kind }: KubeObject): string {
    return `${apiVersion} ${kind}`;
}

/** A resource of the program as the object that its provider would send; charts are made of objects of others. */
function objectOf({ type, inputs }: Registered): KubeObject[] {
    const match = /^kubernetes:(.+):([A-Za-z]+)$/.exec(type);
    if (match === null || match[1]!.startsWith("helm.sh/")) return [];
    return [{ apiVersion: match[1]!.replace(/^core\//, ""), kind: match[2]!, ...(inputs as Omit<KubeObject, "apiVersion" | "kind">) }];
}
