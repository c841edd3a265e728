/** Reads the labelled cloud resources of public corpora: Terraform, turned into resources of Pulumi. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import type { Resource } from "../../src/core/resource";
import { filesBelow, foldersIn, kindOf, nameOf, objectsAt, placeIn, type LabelledCase } from "./case";
import { parseAll, resourceFrom, resourcesIn } from "./hcl";
import { expectedLines } from "./kubernetes";

/** A case whose text is still to be parsed, all of them at once. */
type Pending = { text: string; cases(resources: ReadonlyMap<string, Resource>): LabelledCase[] };

export function terraformCases(root: string, tools: string): LabelledCase[] {
    const pending = [...kics(root), ...checkovGraph(root), ...trivy(root)];
    const ready: LabelledCase[] = [];
    for (const cloud of ["gcp", "oci"]) checkov(root, cloud, pending, ready);
    const modules = parseAll(pending.map(({ text }) => text), tools);
    return [...ready, ...pending.flatMap(({ cases }, index) => (modules[index] ? cases(resourcesIn(modules[index])) : []))];
}

function kics(root: string): Pending[] {
    const queries = join(root, "kics/assets/queries/terraform/gcp");
    return foldersIn(queries).flatMap(label => {
        const tests = join(queries, label, "test");
        const expected = expectedLines(tests);
        return filesBelow(tests, /\.tf$/).map((file): Pending => {
            const text = readFileSync(file, "utf8");
            const names = text.split("\n").flatMap((line, index) => {
                const [, type, name] = /^\s*resource\s+"?(\w+)"?\s+"?([\w-]+)"?/.exec(line) ?? [];
                return type === undefined ? [] : [{ name: `${type}.${name}`, line: index + 1 }];
            });
            const hit = new Set(expected.filter(({ fileName }) => fileName === undefined || fileName === basename(file)).map(({ line }) => names.filter(item => item.line <= line).at(-1)?.name));
            const negative = /negative/.test(basename(file));
            return { text, cases: found => casesOf("kics", label, placeIn(root, file), found, name => (negative ? false : hit.has(name) || undefined)) };
        });
    });
}

/** @param badness of a resource of this name; undefined when nothing is said of it */
function casesOf(corpus: string, label: string, file: string, found: ReadonlyMap<string, Resource>, badness: (name: string) => boolean | undefined): LabelledCase[] {
    const resources = [...found.values()];
    return [...found].flatMap(([name, subject]) => {
        const bad = badness(name);
        return bad === undefined ? [] : [{ corpus, label, bad, file: `${file}#${name}`, resources, subjects: [subject] }];
    });
}

interface CheckovCase {
    label: string;
    test: string;
    example?: string;
    pass?: string[] | null;
    fail?: string[] | null;
    hcl?: string;
    conf?: Record<string, unknown>;
    bad?: boolean;
}

function testsOf(folder: string): CheckovCase[] {
    return existsSync(folder) ? (JSON.parse(execFileSync("python3", [join(__dirname, "checkov.py"), folder], { encoding: "utf8", maxBuffer: 1 << 28 })) as CheckovCase[]) : [];
}

function checkov(root: string, cloud: string, pending: Pending[], ready: LabelledCase[]): void {
    const folder = join(root, "checkov/tests/terraform/checks/resource", cloud);
    for (const { label, test, example, pass, fail, hcl, conf, bad } of testsOf(folder)) {
        const file = placeIn(root, join(folder, test));
        if (hcl !== undefined) {
            pending.push({ text: hcl, cases: found => casesOf("checkov", label, file, new Map([...found].slice(0, 1)), () => bad) });
        } else if (conf) {
            const source = join(root, "checkov/checkov/terraform/checks/resource", cloud, `${label}.py`);
            const type = existsSync(source) ? /['"]((?:google|oci)_\w+)['"]/.exec(readFileSync(source, "utf8"))?.[1] : undefined;
            const resource = type === undefined ? undefined : resourceFrom(type, conf);
            if (resource) ready.push({ corpus: "checkov", label, bad: bad!, file, resources: [resource], subjects: [resource] });
        } else if (example !== undefined) {
            const [good, wrong] = [new Set(pass ?? []), new Set(fail ?? [])];
            for (const path of filesBelow(join(folder, example), /\.tf$/)) {
                pending.push({ text: readFileSync(path, "utf8"), cases: found => casesOf("checkov", label, placeIn(root, path), found, name => (wrong.has(name) ? true : good.has(name) ? false : undefined)) });
            }
        }
    }
}

function checkovGraph(root: string): Pending[] {
    return filesBelow(join(root, "checkov/tests/terraform/graph/checks/resources"), /(GCP|OCI).*\/expected\.yaml$/).map(file => {
        const { pass, fail } = parse(readFileSync(file, "utf8")) as { pass?: string[] | null; fail?: string[] | null };
        const folder = file.slice(0, -"/expected.yaml".length);
        const text = filesBelow(folder, /\.tf$/).map(path => readFileSync(path, "utf8")).join("\n");
        return { text, cases: found => casesOf("checkov", basename(folder), placeIn(root, folder), found, name => (fail?.includes(name) ? true : pass?.includes(name) ? false : undefined)) };
    });
}

/** Good and bad examples of the documentation. */
function trivy(root: string): Pending[] {
    return ["google", "oracle"].flatMap(cloud => filesBelow(join(root, "trivy/checks/cloud", cloud), /\.yaml$/)).flatMap(file => {
        const label = file.slice(0, -".yaml".length).split("/").slice(-2).join("/");
        const { terraform = {} } = parse(readFileSync(file, "utf8")) as { terraform?: { good?: string[]; bad?: string[] } };
        return (["good", "bad"] as const).flatMap(kind => (terraform[kind] ?? []).map((text, index): Pending => ({
            text,
            cases: found => (found.size === 0 ? [] : [{ corpus: "trivy", label, bad: kind === "bad", file: `${placeIn(root, file)}#${kind}${index}`, resources: [...found.values()], subjects: [...found.values()] }]),
        })));
    });
}

/** Files that say in their names or in the test what is expected of them. */
export function checkovObjects(root: string): LabelledCase[] {
    const folder = join(root, "checkov/tests/kubernetes/checks");
    return testsOf(folder).flatMap(({ label, example, pass, fail }) => filesBelow(join(folder, example ?? "-"), /\.(ya?ml|json)$/).flatMap(file => {
        const resources = objectsAt(file).map(({ resource }) => resource);
        const place = placeIn(root, file);
        if (pass || fail) {
            return resources.flatMap(subject => {
                const namespace = subject.properties.at("metadata", "namespace").text ?? "default";
                const name = `${kindOf(subject)}.${namespace}.${nameOf(subject)}`;
                const bad = fail?.includes(name) ? true : pass?.includes(name) ? false : undefined;
                return bad === undefined ? [] : [{ corpus: "checkov", label, bad, file: `${place}#${name}`, resources, subjects: [subject] }];
            });
        }
        const said = /pass|fail/i.exec(basename(file))?.[0].toLowerCase();
        return said === undefined || resources.length === 0 ? [] : [{ corpus: "checkov", label, bad: said === "fail", file: place, resources, subjects: resources }];
    }));
}
