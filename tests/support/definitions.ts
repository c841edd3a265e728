/**
 * The custom resource definitions that our objects are made for, as their projects publish them: they are taken out of
 * pinned Go modules and kept in the cache.
 */
import { existsSync, statSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withLock } from "../../toolchain/core/lock";
import { cacheFolder } from "../../toolchain/core/paths";
import { run } from "../../toolchain/core/run";

/** What the chart of components/platform/charts.ts installs. */
export const policyControllerVersion = "0.13.1";

/** Files of a pinned Go module. */
export interface Source {
    readonly module: string;
    readonly version: string;
    /** Checksum of the module, as in go.sum. */
    readonly sum: string;
    /** Where in it they are. */
    readonly folder: string;
    /** Which of the files there. @default all but kustomize's own */
    readonly files?: RegExp;
    /** What they are, where more than definitions is taken out of one module. @default definitions */
    readonly part?: string;
}

/** The KEDA that the blueprints ask for. */
export const keda = { module: "github.com/kedacore/keda/v2", version: "v2.18.1", sum: "h1:h6bRt/IOxxtZpJlHSqhdH/lcInH7Z9obxg/JvWOmGAw=" } as const;

/** External Secrets, of which a later one is in the chart (tests/support/externalSecrets.ts). */
export const externalSecrets = { module: "github.com/external-secrets/external-secrets", version: "v0.20.4", sum: "h1:HhNAjWfFEshhItphr28SGsHzf2bUP7uDAOVLg76uNAg=" } as const;

const sources: readonly Source[] = [
    { module: "sigs.k8s.io/gateway-api", version: "v1.4.0", sum: "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=", folder: "config/crd/standard" },
    { ...keda, folder: "config/crd/bases" },
    { module: "github.com/cloudnative-pg/cloudnative-pg", version: "v1.27.1", sum: "h1:w+bbtXyEPoaa7sZGXxbb8qJ+/bUGWQ3M48kbNUEpKlk=", folder: "config/crd/bases" },
    { module: "github.com/cert-manager/cert-manager", version: "v1.19.1", sum: "h1:Txh8L/nLWTDcb7ZnXuXbTe15BxQnLbLirXmbNk0fGgY=", folder: "deploy/crds" },
    { module: "github.com/ray-project/kuberay/ray-operator", version: "v1.6.2", sum: "h1:XUckRswLMyk71D00L62d2Vanh0fVkNqu56+IF/rr+O0=", folder: "config/crd/bases" },
    { module: "github.com/prometheus-operator/prometheus-operator", version: "v0.85.0", sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=", folder: "example/prometheus-operator-crd" },
    { module: "github.com/envoyproxy/gateway", version: "v1.5.0", sum: "h1:wfHytSeNoinwu0vCtWT61XK23qJuRmJyU+CPWdIJp2I=", folder: "charts/gateway-helm/crds/generated" },
    { module: "github.com/sigstore/policy-controller", version: `v${policyControllerVersion}`, sum: "h1:Woy+6bQ7pT/0m3/PSO2RtDxSHKBZ/8iHpCZFcZJThM8=", folder: "config", files: /^300-/ },
    { ...externalSecrets, folder: "config/crds/bases" },
];

/** Files with definitions, one folder for each project. Needs Go and its module proxy the first time. */
export async function definitions(): Promise<string[]> {
    const folders = await Promise.all(sources.map(partOf));
    return (await Promise.all(folders.map(async (folder) => (await readdir(folder)).filter((file) => file.endsWith(".yaml")).map((file) => join(folder, file))))).flat();
}

/** A copy of a whole module: its checksum holds for its go.sum too, which pins all the others. */
export function sourceOf(module: Pick<Source, "module" | "version" | "sum">): Promise<string> {
    return partOf({ ...module, folder: ".", files: /./, part: "source" });
}

/** The folder in the cache that has them, and nothing else of the module. Needs Go and its module proxy the first time. */
export async function partOf({ module, version, sum, folder, files = /^(?!kustomiz)/, part }: Source): Promise<string> {
    const kept = cacheFolder("definitions", [module.replaceAll("/", "-"), version, ...(part === undefined ? [] : [part])].join("-"));
    await mkdir(dirname(kept), { recursive: true });
    await withLock(`${kept}.lock`, `definitions of ${module}`, async () => {
        if (existsSync(kept)) return;
        const scratch = `${kept}.${process.pid}.tmp`;
        try {
            // A cache of its own: whole modules are a hundred times what is taken out of them.
            const env = { GOMODCACHE: join(scratch, "modules"), GOFLAGS: "-modcacherw" };
            const found = JSON.parse(await run("go", ["mod", "download", "-json", `${module}@${version}`], { env, cwd: dirname(kept) })) as { Dir: string; Sum: string };
            if (found.Sum !== sum) throw new Error(`${module}@${version} has the checksum ${found.Sum}, not ${sum}`);
            await cp(join(found.Dir, folder), join(scratch, "out"), { recursive: true, filter: (path) => statSync(path).isDirectory() || files.test(basename(path)) });
            await rename(join(scratch, "out"), kept);
        } finally {
            await rm(scratch, { recursive: true, force: true });
        }
    });
    return kept;
}
