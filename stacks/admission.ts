/** Admission of signed images alone, for stacks whose configuration has the key. */
import type * as pulumi from "@pulumi/pulumi";
import type { Images } from "../config/images";
import type { Signing } from "../config/signing";
import { everyImageOf, matches, type ImageOfOthers } from "../components/platform/image-policies";
import type { Signatures as SignaturesComponent, SignaturesArgs } from "../components/platform/signatures";
import { builtImages, type Topology } from "../topology/types";

/** What the key answers for: everything in the stack's registry, or what this repository builds; the rest by digest, as the stack names it. */
export function admissionOf(images: Images, { publicKey, folder, registry }: Signing): Pick<SignaturesArgs, "publicKey" | "images" | "others" | "registry"> {
    const own = folder === undefined ? builtImages.flatMap((name) => (images[name] === undefined ? [] : [everyImageOf(images[name])])) : [`${folder.replace(/^docker\.io(?=\/|$)/, "index.docker.io")}/**`];
    const others = Object.entries(images).filter(([, image]) => !matches(own, image)).map(([name, image]): ImageOfOthers => ({ image, reason: `made by others; images.${name} of the stack's configuration names it by digest` }));
    return { publicKey, images: own, others, registry };
}

/** Installs it; whatever makes pods comes after what comes back. */
export function installAdmission(config: { readonly images: Images; readonly protectData: boolean }, signing: Signing, topology: Topology, providers: Record<string, pulumi.ProviderResource>): SignaturesComponent["ready"] {
    const apiServer = topology.platform.find(({ name }) => name === "kubernetes-api");
    if (apiServer?.cidr === undefined || apiServer.port === undefined) throw new Error("blueprints/standard.ts knows the API server wherever signatures are checked");
    // Loaded only here: other stacks know nothing of charts.
    const { Signatures } = require("../components/platform/signatures") as typeof import("../components/platform/signatures");
    return new Signatures("signatures", {
        home: { apiServer: { cidrs: [apiServer.cidr], ports: [apiServer.port] }, protect: config.protectData },
        ...admissionOf(config.images, signing),
        // Where the API server is in a network of its provider's, agents inside the cluster carry what it says.
        calledBy: [{ namespace: "kube-system", labels: { "k8s-app": "konnectivity-agent" } }],
    }, { providers }).ready;
}
