/**
 * KEDA for real: operator and metrics server of the version that the blueprints ask for, built from its Go module and
 * installed with the objects that this module has for them. The chart, and the admission webhook beside them, are left out.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { cacheFolder } from "../../toolchain/core/paths";
import { run } from "../../toolchain/core/run";
import { scratchImage, type ImageArchive } from "../../toolchain/images";
import { findPrograms } from "../../toolchain/kubernetes/programs";
import { goBuild } from "../../toolchain/pulumi/go";
import { keda, sourceOf } from "./definitions";

/** The namespace that KEDA's own objects name, and that the topology expects it in. */
export const kedaNamespace = "keda";

/** Each of its programs: the command in the module, the name that its Deployment starts it by, and that Deployment. */
const programs = [
    { command: "operator", name: "keda", deployment: "keda-operator" },
    { command: "adapter", name: "keda-adapter", deployment: "keda-metrics-apiserver" },
] as const;

export const kedaDeployments: readonly string[] = programs.map(({ deployment }) => deployment);

/** One image for each of `kedaDeployments`; the first call on a machine builds the programs, which takes a quarter of an hour of processor. */
export async function kedaImages(): Promise<ImageArchive[]> {
    const ldflags = `-s -w -X ${keda.module}/version.Version=${keda.version.slice(1)}`;
    await goBuild({ title: "KEDA", module: await sourceOf(keda), packages: programs.map(({ command }) => `./cmd/${command}`), ldflags, folder: folder(), scratch: 6e9 }, () => undefined);
    return Promise.all(programs.map(({ command, name }) => scratchImage(name, [{ path: name, from: join(folder(), command), executable: true }], [`/${name}`])));
}

/** Whether the programs have been built on this machine. */
export function kedaIsBuilt(): boolean {
    return existsSync(folder());
}

/**
 * KEDA's own objects for an installation without the webhook.
 * @param images references that pods can start, in the order of `kedaDeployments`
 */
export async function kedaObjects(images: readonly string[]): Promise<object[]> {
    const text = await run(join((await findPrograms()).kubernetes, "kubectl"), ["kustomize", join(await sourceOf(keda), "config", "minimal")]);
    return parseAllDocuments(text).map((document) => {
        const object = document.toJS() as Partial<Workload>;
        if (object.kind !== "Deployment") return object;
        const [container] = object.spec!.template.spec.containers;
        container.image = images[kedaDeployments.indexOf(object.metadata!.name)]!;
        // There is no registry to ask.
        container.imagePullPolicy = "IfNotPresent";
        return object;
    });
}

interface Workload {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [{ image: string; imagePullPolicy: string }] } } };
}

function folder(): string {
    return cacheFolder("programs", `keda-${keda.version.slice(1)}`);
}
