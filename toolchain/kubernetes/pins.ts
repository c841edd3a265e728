/** Versions of the local Kubernetes. A new version is one change here and one in toolchain/go/kubernetes/go.mod. */

export const kubernetesVersion = "1.34.3";
export const corednsVersion = "1.12.4";

/** For machines where Docker runs. The node image belongs to this release of kind. */
export const kind = {
    version: "0.31.0",
    nodeImage: "kindest/node:v1.34.3@sha256:08497ee19eace7b4b5348db5c6a1591d7752b164530a36f855cb0f2bdcbadd48",
    /** SHA-256 of the executables, by platform. */
    checksums: {
        "linux-amd64": "eb244cbafcc157dff60cf68693c14c9a75c4e6e6fedaf9cd71c58117cb93e3fa",
        "linux-arm64": "8e1014e87c34901cc422a1445866835d1e666f2a61301c27e722bdeab5a1f7e4",
        "darwin-amd64": "a8b3cf77b2ad77aec5bf710d1a2589d9117576132af812885cad41e9dede4d4e",
        "darwin-arm64": "88bf554fe9da6311c9f8c2d082613c002911a476f6b5090e9420b35d84e70c5c",
    } as Readonly<Record<string, string>>,
} as const;

/** The programs of a node, all of one version. */
export const nodePrograms = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"] as const;

/** Bytes that compiling takes for a while, beside what stays. */
export const buildScratch = 5e9;
