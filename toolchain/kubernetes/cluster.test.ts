/** The real node, started and stopped in a home of its own, beside whatever else runs on the machine. */
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { typescript } from "../core/paths";
import { tryRun } from "../core/run";
import { readJson } from "./files";
import { clusterClient, startCluster, stopCluster } from "./cluster";
import { findInstallation, type Installation } from "./installation";
import { mountsBelow, podProcesses } from "./node";
import { findProcesses, isAlive } from "./process";
import { clusterStatus } from "./status";
import type { SupervisorRecord } from "./supervisor";
import { eventually, serverPod, TestCluster } from "./testing/harness";

const possible = process.platform === "linux" && process.getuid?.() === 0;

(possible ? describe : describe.skip)("local Kubernetes (needs root)", function () {
    this.timeout(240_000);
    const cluster = new TestCluster();
    let installation: Installation;

    before(async () => {
        await cluster.start();
        installation = findInstallation(cluster.home)!;
        await cluster.namespace("one");
        await cluster.namespace("two");
    });
    after(() => cluster.remove());

    const record = () => readJson<SupervisorRecord>(join(installation.run, "processes.json"))!;

    it("says that it runs, and changes nothing when started again", async () => {
        assert.equal((await startCluster(() => undefined, cluster.home)).unchanged, true);
        const status = await clusterStatus(cluster.home);
        assert.equal(status.state, "running");
        assert.equal(status.node?.ready, true);
    });

    it("refuses whoever does not identify himself", async () => {
        const answer = await tryRun("curl", ["-sk", "-o", "/dev/null", "-w", "%{http_code}", `${installation.network.api}/api/v1/secrets`]);
        assert.equal(answer.stdout, "401");
        const kubelet = await tryRun("curl", ["-sk", "-o", "/dev/null", "-w", "%{http_code}", `https://${installation.network.nodeAddress}:10250/pods`]);
        assert.equal(kubelet.stdout, "401");
    });

    it("keeps secrets encrypted in its database", async () => {
        await cluster.apply({ apiVersion: "v1", kind: "Secret", metadata: { name: "hidden", namespace: "one" }, stringData: { key: "very-plain-text-indeed" } });
        const folder = join(installation.folder, "etcd", "member");
        const files = ["snap/db", ...readdirSync(join(folder, "wal")).map(file => `wal/${file}`)];
        assert.ok(files.some(file => readFileSync(join(folder, file)).includes("/registry/secrets/one/hidden")), "the secret has been written");
        for (const file of files) assert.equal(readFileSync(join(folder, file)).includes("very-plain-text-indeed"), false, file);
    });

    it("gives a claim a folder that a pod's group can write, keeps it over a restart of the pod, and deletes it with the claim", async () => {
        const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "one" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } } };
        await cluster.apply(claim, serverPod("one", "writer", cluster.image, { claim: "data" }));
        await cluster.running("one", "writer");
        assert.equal(await cluster.evaluate("one", "writer", `const fs = require("fs"); fs.writeFileSync("/data/kept", "yes"); const s = fs.statSync("/data/kept"); console.log(s.uid, s.gid)`), "10001 10002");
        await cluster.kubectl("delete", "pod", "-n", "one", "writer", "--wait");
        await cluster.apply(serverPod("one", "writer", cluster.image, { claim: "data" }));
        await cluster.running("one", "writer");
        assert.equal(await cluster.evaluate("one", "writer", `console.log(require("fs").readFileSync("/data/kept", "utf8"))`), "yes");
        const folders = () => readdirSync(join(installation.folder, "volumes"));
        assert.equal(folders().length, 1);
        await cluster.kubectl("delete", "pod,pvc", "-n", "one", "--all", "--wait");
        await eventually("the folder to go", async () => folders().length === 0);
    });

    it("gives the data of a retained volume to the next claim of that name", async () => {
        const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "kept", namespace: "one" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "local-retain", resources: { requests: { storage: "1Mi" } } } };
        await cluster.apply(claim, serverPod("one", "first", cluster.image, { claim: "kept" }));
        await cluster.running("one", "first");
        await cluster.evaluate("one", "first", `require("fs").writeFileSync("/data/kept", "still here")`);
        await cluster.kubectl("delete", "pod/first", "pvc/kept", "-n", "one", "--wait");
        await cluster.apply(claim, serverPod("one", "second", cluster.image, { claim: "kept" }));
        await cluster.running("one", "second");
        assert.equal(await cluster.evaluate("one", "second", `console.log(require("fs").readFileSync("/data/kept", "utf8"))`), "still here");
    });

    it("measures what pods use, so that an autoscaler has something to go by", async () => {
        const busy = serverPod("one", "busy", cluster.image, { labels: { app: "busy" }, script: "setInterval(() => { for (const end = Date.now() + 30; Date.now() < end; ); }, 100);" });
        await cluster.apply(busy);
        const metrics = await eventually("the pod's usage", async () => {
            const list = await cluster.client.get<{ items: { containers: { usage: { cpu: string; memory: string } }[] }[] }>("/apis/metrics.k8s.io/v1beta1/namespaces/one/pods?labelSelector=app%3Dbusy");
            return list.items[0]?.containers[0]?.usage;
        }, 90_000);
        const cores = Number.parseInt(metrics.cpu, 10) / 1e9;
        assert.ok(cores > 0.005 && cores < 2, metrics.cpu);
        assert.match(metrics.memory, /^\d{4,6}Ki$/);
        assert.match((await cluster.kubectl("top", "node")).stdout, /agent-platform-local/);
        const answer = await tryRun("curl", ["-sk", "--max-time", "5", `https://${installation.network.hostAddress}:6444/apis/metrics.k8s.io/v1beta1/pods`]);
        assert.notEqual(answer.code, 0, "nobody but the API server gets an answer");
        await cluster.kubectl("delete", "pod", "-n", "one", "busy");
    });

    describe("network policies", () => {
        const policy = (name: string, spec: object) => ({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace: "two" }, spec });
        let server = "";
        const reaches = async (from: string, host: string, port: number, expected: string) =>
            eventually(`${from} to get ${expected} from ${host}:${port}`, async () => (await cluster.fetch("two", from, host, port)) === expected, 20_000);

        before(async () => {
            await cluster.apply(
                serverPod("two", "server", cluster.image, { ports: [{ name: "main", containerPort: 8080 }, { name: "other", containerPort: 8081 }] }),
                serverPod("two", "client", cluster.image), serverPod("two", "stranger", cluster.image), serverPod("one", "foreigner", cluster.image),
                { apiVersion: "v1", kind: "Service", metadata: { name: "server", namespace: "two" }, spec: { selector: { app: "server" }, ports: [{ port: 80, targetPort: "main" }] } });
            await Promise.all([["two", "client"], ["two", "stranger"], ["one", "foreigner"]].map(([namespace, name]) => cluster.running(namespace!, name!)));
            server = (await cluster.running("two", "server")).status.podIP!;
        });

        it("without a policy everyone reaches everyone, by address and by name", async () => {
            await reaches("client", server, 8080, "server:8080");
            await reaches("client", "server.two.svc.cluster.local", 80, "server:8080");
            assert.equal(await cluster.fetch("one", "foreigner", server, 8081), "server:8081");
        });

        it("default deny shuts pods off from each other, from names and from the API server, but not from the kubelet", async () => {
            await cluster.apply(policy("deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }));
            await reaches("client", server, 8080, "timeout");
            assert.equal(await cluster.fetch("two", "client", installation.network.apiService, 443), "timeout");
            assert.equal(await cluster.fetch("two", "client", installation.network.nodeAddress, 6443), "timeout");
            assert.equal(await cluster.fetch("one", "foreigner", server, 8080), "timeout");
            await cluster.kubectl("delete", "pod", "-n", "two", "stranger", "--wait");
            await cluster.apply(serverPod("two", "stranger", cluster.image));
            await cluster.running("two", "stranger");
        });

        it("opens exactly what is allowed: this label, this named port", async () => {
            await cluster.apply(
                policy("in", { podSelector: { matchLabels: { app: "server" } }, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }], ports: [{ port: "main" }] }] }),
                policy("out", { podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [{ podSelector: { matchLabels: { app: "server" } } }] }, { to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }], ports: [{ protocol: "UDP", port: 1053 }] }] }));
            await reaches("client", server, 8080, "server:8080");
            await reaches("client", "server.two.svc.cluster.local", 80, "server:8080");
            assert.equal(await cluster.fetch("two", "client", server, 8081), "timeout");
            assert.equal(await cluster.fetch("two", "stranger", server, 8080), "timeout");
            assert.equal(await cluster.fetch("two", "server", "server.two.svc.cluster.local", 80), "server:8080", "a pod reaches itself, by its own service too");
        });

        it("follows a change of labels", async () => {
            await cluster.kubectl("label", "pod", "-n", "two", "stranger", "app=client", "--overwrite");
            await reaches("stranger", server, 8080, "server:8080");
        });

        it("gives a new pod no open moment: its first attempts find it shut already", async () => {
            await cluster.apply(serverPod("two", "eager", cluster.image, {
                script: `const net = require("net"); let open = 0, tries = 0;
                    const next = () => { const s = net.connect(${JSON.stringify({ host: server, port: 8080 })}); tries++; s.on("data", () => { open++; }); s.on("error", () => 0); setTimeout(() => s.destroy(), 200); };
                    next(); const t = setInterval(next, 20); setTimeout(() => { clearInterval(t); setTimeout(() => console.log("open", open, "of", tries > 20 ? "many" : tries), 400); }, 2500); setInterval(() => 0, 1000);`,
            }));
            const seen = await eventually("the pod's report", async () => (await cluster.kubectl("logs", "-n", "two", "eager")).stdout.trim() || undefined);
            assert.equal(seen, "open 0 of many");
        });

        it("stays shut while the supervisor is dead, also for pods that are new then", async () => {
            process.kill(record().supervisor.pid, "SIGKILL");
            await eventually("the supervisor to die", async () => !isAlive(record().supervisor));
            assert.equal(await cluster.fetch("two", "client", server, 8081), "timeout");
            assert.equal(await cluster.fetch("two", "client", server, 8080), "server:8080");
            await cluster.apply(serverPod("one", "newcomer", cluster.image));
            await cluster.running("one", "newcomer");
            assert.equal(await cluster.fetch("one", "newcomer", installation.network.apiService, 443), "timeout");
        });

        it("a second start adopts what ran on, and the newcomer gets its network", async () => {
            const before = record().processes;
            assert.equal((await startCluster(() => undefined, cluster.home)).unchanged, false);
            assert.deepEqual(Object.values(record().processes).map(({ pid }) => pid), Object.values(before).map(({ pid }) => pid));
            const foreigner = (await cluster.pod("one", "foreigner")).status.podIP!;
            await eventually("the newcomer's network", async () => (await cluster.fetch("one", "newcomer", foreigner, 8080)) === "foreigner:8080");
        });
    });

    describe("life and death", () => {
        it("restarts what dies: kubelet, containerd, API server and database", async () => {
            await cluster.apply(serverPod("one", "witness", cluster.image));
            const witness = await cluster.running("one", "witness");
            const before = record().processes;
            for (const name of ["kubelet", "containerd", "kube-apiserver", "etcd"]) process.kill(before[name]!.pid, "SIGKILL");
            await eventually("the API server", async () => (await cluster.client.text("/readyz").catch(() => "")) === "ok", 60_000);
            await eventually("all to run", async () => (await clusterStatus(cluster.home)).state === "running", 90_000);
            assert.equal((await cluster.pod("one", "witness")).metadata.uid, witness.metadata.uid);
            assert.equal(await cluster.fetch("one", "witness", witness.status.podIP!, 8080), "witness:8080");
        });

        it("comes back with its data after everything has been killed and the network is gone, as after a reboot", async () => {
            await cluster.kubectl("create", "configmap", "-n", "one", "memory", "--from-literal=a=b");
            for (const { pid } of [record().supervisor, ...Object.values(record().processes), ...podProcesses(installation)]) process.kill(pid, "SIGKILL");
            for (const { pid } of findProcesses(command => command[0]!.includes("containerd-shim") && command.join(" ").includes(installation.run))) process.kill(pid, "SIGKILL");
            await tryRun("ip", ["netns", "delete", installation.network.namespace]);
            await startCluster(() => undefined, cluster.home);
            assert.equal((await cluster.kubectl("get", "configmap", "-n", "one", "memory", "-o", "jsonpath={.data.a}")).stdout, "b");
            const witness = await eventually("the pod to run again", async () => {
                const pod = await cluster.running("one", "witness");
                return (await cluster.fetch("one", "witness", pod.status.podIP!, 8080)) === "witness:8080" && pod;
            }, 90_000);
            assert.ok(witness);
        });

        it("starts after a start that was killed, wherever that was", async () => {
            cluster.client.close();
            await stopCluster({ keepData: true }, () => undefined, cluster.home);
            for (const patience of [400, 900, 1800, 3500, 7000]) {
                const child = spawn(process.execPath, [...typescript, join(__dirname, "main.ts"), "start"], { env: { ...process.env, AGENT_PLATFORM_HOME: cluster.home }, stdio: "ignore", cwd: join(__dirname, "../..") });
                const ended = new Promise(resolve => child.on("exit", resolve));
                setTimeout(() => child.kill("SIGKILL"), patience);
                await ended;
            }
            await startCluster(() => undefined, cluster.home);
            cluster.client = clusterClient(cluster.home);
            assert.equal((await clusterStatus(cluster.home)).state, "running");
            assert.equal((await cluster.kubectl("get", "configmap", "-n", "one", "memory", "-o", "jsonpath={.data.a}")).stdout, "b");
        });

        it("stops without a trace and keeps its data when told to", async () => {
            cluster.client.close();
            await stopCluster({ keepData: true }, () => undefined, cluster.home);
            await assertNothingLeft();
            assert.equal((await clusterStatus(cluster.home)).state, "stopped");
            await startCluster(() => undefined, cluster.home);
            cluster.client = clusterClient(cluster.home);
            assert.equal((await cluster.kubectl("get", "configmap", "-n", "one", "memory", "-o", "jsonpath={.data.a}")).stdout, "b");
            const kept = readdirSync(join(installation.folder, "volumes")).find(name => name.startsWith("one_kept"))!;
            assert.equal(readFileSync(join(installation.folder, "volumes", kept, "kept"), "utf8"), "still here");
        });

        it("stops without a trace and without data otherwise", async () => {
            cluster.client.close();
            await stopCluster({ keepData: false }, () => undefined, cluster.home);
            await assertNothingLeft();
            assert.equal(existsSync(installation.folder), false);
            assert.equal((await clusterStatus(cluster.home)).state, "absent");
            await stopCluster({ keepData: false }, () => undefined, cluster.home);
        });
    });

    async function assertNothingLeft(): Promise<void> {
        assert.deepEqual(findProcesses(command => [cluster.home, installation.run].some(place => command.join(" ").includes(place))), []);
        assert.deepEqual(podProcesses(installation), []);
        assert.deepEqual(mountsBelow(cluster.home, installation.run), []);
        assert.equal(existsSync(installation.run), false);
        assert.equal(existsSync(`/run/netns/${installation.network.namespace}`), false);
        assert.equal(existsSync(`/sys/class/net/${installation.network.hostInterface}`), false);
        assert.equal((await tryRun("iptables-save", [])).stdout.includes(installation.name.toUpperCase()), false);
        assert.equal((await tryRun("find", ["/sys/fs/cgroup", "-maxdepth", "2", "-name", installation.name])).stdout, "");
    }
});
