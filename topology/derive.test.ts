import assert from "node:assert/strict";
import fc from "fast-check";
import { serviceCalled, soundTopology, spreadTopology } from "./arbitrary";
import { autoscalingOf, flowsOf, reserve, shareOf } from "./derive";
import { drawingOf } from "./drawing";
import { pictureOf } from "./picture";
import { formatCpu, formatMemory, parseCpu, parseMemory } from "./quantities";
import type { ComponentName } from "./types";

describe("quantities", () => {
    it("are read as Kubernetes reads them", () => {
        assert.deepEqual(["250m", "1", "0.5", "1000m", "", "1 m", "-1", "1Gi"].map(parseCpu), [250, 1000, 500, 1000, undefined, undefined, undefined, undefined]);
        assert.deepEqual(["512Mi", "1Gi", "1k", "1024", "1.5Gi", "", "Mi", "1gb"].map(parseMemory), [536870912, 1073741824, 1000, 1024, 1610612736, undefined, undefined, undefined]);
    });

    it("survive being written and read", () => {
        fc.assert(fc.property(fc.integer({ min: 1, max: 128_000 }), (cpu) => assert.equal(parseCpu(formatCpu(cpu)), cpu)));
        fc.assert(fc.property(fc.integer({ min: 1, max: 4096 }), (mebibytes) => assert.equal(parseMemory(formatMemory(mebibytes * 2 ** 20)), mebibytes * 2 ** 20)));
    });
});

describe("derivations", () => {
    it("give every part to exactly one component", () => {
        fc.assert(
            fc.property(soundTopology, (topology) => {
                const shares = (["AgentCluster", "RagService", "UploadPipeline", "TunnelEdge"] as ComponentName[]).map((owner) => shareOf(topology, owner));
                for (const kind of ["services", "tasks", "stores"] as const) {
                    assert.deepEqual(shares.flatMap((share) => share[kind].map((one) => one.name)).sort(), topology[kind].map((one) => one.name).sort());
                }
            }),
        );
    });

    it("turn ongoing requests into CPU for services that may grow, and only for those", () => {
        const service = serviceCalled("agent-api", 8002, "AgentCluster");
        const [topology] = fc.sample(soundTopology, 1) as [Parameters<typeof autoscalingOf>[0]];
        const objectives = { ongoingRequests: [{ service: "agent-api", perReplica: 5, cpuPerRequest: "35m" }] };
        assert.deepEqual(autoscalingOf({ ...topology, objectives }, { ...service, replicas: { min: 1, max: 5 } }), { min: 1, max: 5, cpuPerReplica: "175m" });
        assert.equal(autoscalingOf({ ...topology, objectives }, { ...service, replicas: { min: 2, max: 2 } }), undefined);
        assert.equal(autoscalingOf(topology, { ...service, replicas: { min: 1, max: 5 } }), undefined);
    });

    it("take the port of a flow from the one that is called", () => {
        const shop = serviceCalled("shop", 4000, "AgentCluster");
        assert.deepEqual(flowsOf({ a: ["shop", "outside"] }, [shop]), [{ from: "a", to: "shop", port: 4000 }, { from: "a", to: "outside" }]);
    });

    it("reserve a share and leave the limits, and never reserve nothing", () => {
        const resources = { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "1000m", memory: "2Gi" } };
        assert.deepEqual(reserve(resources, 100), { requests: { cpu: "500m", memory: "1Gi" }, limits: resources.limits });
        assert.deepEqual(reserve(resources, 20), { requests: { cpu: "100m", memory: "205Mi" }, limits: resources.limits });
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 4000 }), (percent, cpu) => {
                const { requests } = reserve({ requests: { cpu: `${cpu}m`, memory: "1Mi" }, limits: { cpu: "4", memory: "1Mi" } }, percent);
                const reserved = parseCpu(requests.cpu)!;
                assert.ok(reserved >= 1 && reserved <= cpu);
                assert.equal(requests.memory, "1Mi");
            }),
        );
    });
});

describe("the drawing", () => {
    it("shows every part once and every flow as an arrow", () => {
        fc.assert(
            fc.property(fc.oneof(soundTopology, spreadTopology), (topology) => {
                const lines = drawingOf(topology).split("\n").map((line) => line.trim());
                const id = (name: string) => `n_${name.replaceAll("-", "_")}`;
                for (const { name } of [...topology.services, ...topology.tasks, ...topology.stores, ...topology.parties]) {
                    assert.equal(lines.filter((line) => line.startsWith(`${id(name)}[`) || line.startsWith(`${id(name)}(`)).length, 1, name);
                }
                for (const flow of topology.flows) assert.equal(lines.filter((line) => line.startsWith(`${id(flow.from)} -- `) && line.endsWith(`--> ${id(flow.to)}`)).length, 1);
                for (const place of topology.places) if (topology.places.length > 1 && topology.services.some((one) => one.place === place.name)) assert.ok(lines.some((line) => line.startsWith(`subgraph place_${id(place.name)}[`)), place.name);
                assert.equal(lines.filter((line) => line.includes("-->")).length, topology.flows.length + topology.edges.length);
                assert.equal(lines.filter((line) => line.startsWith("subgraph")).length, lines.filter((line) => line === "end").length);
            }),
        );
    });
});

describe("the picture", () => {
    it("is well-formed, shows every part once where it runs, and an arrow for each flow in the colour of its way", () => {
        fc.assert(
            fc.property(fc.oneof(soundTopology, spreadTopology), (topology) => {
                const picture = pictureOf(topology);
                const opened = [...picture.matchAll(/<([a-z]+)(?:\s[^>]*[^/])?>/g)].map((match) => match[1]).sort();
                assert.deepEqual([...picture.matchAll(/<\/([a-z]+)>/g)].map((match) => match[1]).sort(), opened, "each tag is closed");
                for (const { name, purpose } of [...topology.services, ...topology.stores, ...topology.parties]) assert.equal(picture.split(`: ${purpose}</title>`).length, 2, name);
                assert.equal([...picture.matchAll(/marker-end/g)].length, topology.flows.length + topology.edges.length);
                assert.ok(!picture.includes("NaN") && !picture.includes("Infinity"));
                assert.equal(pictureOf(topology), picture);
            }),
            { numRuns: 40 },
        );
    });

    it("writes names as text, whatever is in them", () => {
        const [topology] = fc.sample(soundTopology, 1) as [Parameters<typeof pictureOf>[0]];
        const picture = pictureOf({ ...topology, services: topology.services.map((one) => ({ ...one, purpose: `<script>"&"</script>` })) });
        assert.ok(!picture.includes("<script>") && picture.includes("&lt;script&gt;"));
    });
});
