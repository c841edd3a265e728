import type { Findings } from "../../core/findings";
import type { ResourceRule } from "../../core/rule";
import type { Value } from "../../core/value";
import { object } from "../examples";
import { kubernetes, nsa } from "../frameworks";
import { isKind } from "../kinds";
import { objectsOf } from "../objects";
import { mayHavePods, podsOf } from "../pods";

const isVolume = isKind("PersistentVolume");
const sockets = ["docker.sock", "dockershim.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "podman.sock", "buildkitd.sock", "frakti.sock", "rktlet.sock"];
// Folders above the sockets: who mounts one has the socket in it.
const folders = ["", "run", "var/run", "run/containerd", "var/run/containerd", "run/crio", "var/run/crio", "run/podman", "var/run/podman", "run/k3s", "run/k3s/containerd", "run/docker", "var/run/docker"];

export const runtimeSocket: ResourceRule = {
    id: "k8s-runtime-socket",
    title: "Nothing mounts the socket of the container runtime",
    what: "No hostPath volume and no PersistentVolume leads to the socket of Docker, containerd, CRI-O, Podman or BuildKit, or to a folder that holds it.",
    why: "Whoever talks to that socket starts privileged containers at will: it is root on the node without a password, and Kubernetes does not see it.",
    severity: "critical",
    strictness: "mandatory",
    references: [nsa("Kubernetes Pod security"), kubernetes("Volumes: hostPath")],
    remediation: ["Remove the volume.", "Build images with a rootless builder, and watch containers through the kubelet's API or a node agent that is reviewed."],
    compliant: [object("core/v1", "PersistentVolume", { metadata: { name: "data", namespace: null }, spec: { local: { path: "/srv/data" } } })],
    violating: [
        object("core/v1", "PersistentVolume", { metadata: { name: "data", namespace: null }, spec: { local: { path: "/var/run/docker.sock" } } }),
        object("core/v1", "PersistentVolume", { metadata: { name: "data", namespace: null }, spec: { local: { path: "/run/containerd/" } } }),
    ],
    scope: "resource",
    applies: type => mayHavePods(type) || isVolume(type),
    check(resource, _settings, findings) {
        if (isVolume(resource.type)) {
            for (const { properties } of objectsOf(resource)) for (const kind of ["hostPath", "local"]) checkPath(properties.at("spec", kind, "path"), findings);
            return;
        }
        const { pods, unsearched } = podsOf(resource);
        for (const place of unsearched) findings.undetermined(place);
        for (const pod of pods) for (const volume of pod.spec.at("volumes").list()) checkPath(volume.at("hostPath", "path"), findings);
    },
};

function checkPath(path: Value, findings: Findings): void {
    findings.forbid(path, value => typeof value !== "string" || leadsToSocket(value), "leads to the socket of the container runtime");
}

function leadsToSocket(path: string): boolean {
    const parts: string[] = [];
    for (const part of path.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== "" && part !== ".") parts.push(part);
    }
    return sockets.includes(parts.at(-1) ?? "") || folders.includes(parts.join("/"));
}
