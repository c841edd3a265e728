/** Reads the labelled Kubernetes objects of public corpora, each in the way its project marks them. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { readManifests, type Found } from "../../scan/manifests";
import { resourceOf, type Resource } from "../../src/core/resource";
import { filesBelow, foldersIn, kindOf, nameOf, objectsAt, placeIn, type LabelledCase } from "./case";

/** @param root the folder that holds each corpus in a folder of its name */
export function kubernetesCases(root: string): LabelledCase[] {
    return [...kyverno(root), ...kyvernoSteps(root), ...gatekeeper(root), ...kics(root), ...kicsPrograms(root), ...kubeLinter(root), ...kubescape(root), ...polaris(root), ...trivy(root)];
}

interface KyvernoTest {
    resources?: string[];
    results?: { policy?: string; rule?: string; kind?: string; resource?: string; resources?: string[]; result?: string; status?: string }[];
}

/** Results per resource, as its own tests expect them. */
function kyverno(root: string): LabelledCase[] {
    return filesBelow(join(root, "kyverno"), /\.kyverno-test\/kyverno-test\.yaml$/).flatMap(file => {
        if (/-(cel|vpol|mpol|gpol|dpol)\//.test(file)) return [];
        const test = parse(readFileSync(file, "utf8")) as KyvernoTest;
        const found = (test.resources ?? []).flatMap(name => objectsAt(join(dirname(file), name))).map(({ resource }) => resource);
        return (test.results ?? []).flatMap(({ policy = "", rule = "", kind, resource, resources = [], result }) => {
            if (result !== "pass" && result !== "fail") return [];
            return [...resources, ...(resource === undefined ? [] : [resource])].flatMap(name => {
                const subjects = found.filter(item => nameOf(item) === basename(name) && (kind === undefined || kind === kindOf(item)));
                return subjects.length === 0 ? [] : [{ corpus: "kyverno", label: `${policy}/${rule}`, bad: result === "fail", file: `${placeIn(root, file)}#${kind}/${name}`, resources: subjects, subjects }];
            });
        });
    });
}

/** Files of good and of bad objects, of which the cluster has to refuse each. */
function kyvernoSteps(root: string): LabelledCase[] {
    return filesBelow(join(root, "kyverno"), /\.chainsaw-test\/.*(good|bad).*\.ya?ml$/).flatMap(file => {
        if (/-(cel|vpol|mpol|gpol|dpol)\//.test(file)) return [];
        const label = basename(dirname(dirname(file)));
        return objectsAt(file).map(({ resource }, index) => ({ corpus: "kyverno", label, bad: /bad/.test(basename(file)), file: `${placeIn(root, file)}#${index}`, resources: [resource], subjects: [resource] }));
    });
}

interface GatekeeperSuite {
    tests?: { constraint?: string; cases?: { object: string; assertions?: { violations?: unknown }[] }[] }[];
}

function gatekeeper(root: string): LabelledCase[] {
    return filesBelow(join(root, "gatekeeper"), /suite\.yaml$/).flatMap(file => {
        const suite = parse(readFileSync(file, "utf8")) as GatekeeperSuite;
        return (suite.tests ?? []).flatMap(({ constraint, cases = [] }) => cases.flatMap(({ object, assertions = [] }) => {
            const violations = assertions[0]?.violations;
            // What is asked about an update or a deletion is no manifest.
            const resources = objectsAt(join(dirname(file), object)).map(({ resource }) => resource).filter(resource => kindOf(resource) !== "AdmissionReview");
            if (violations === undefined || resources.length === 0 || constraint === undefined) return [];
            const bad = violations !== "no" && violations !== false && violations !== 0;
            return [{ corpus: "gatekeeper", label: `${basename(dirname(file))}/${basename(dirname(constraint))}`, bad, file: `${placeIn(root, dirname(file))}/${object}`, resources, subjects: resources }];
        }));
    });
}

/** Positives are named by file and line. */
function kics(root: string): LabelledCase[] {
    const queries = join(root, "kics/assets/queries/k8s");
    return foldersIn(queries).flatMap(label => {
        const tests = join(queries, label, "test");
        const expected = expectedLines(tests);
        return filesBelow(tests, /\.(ya?ml|json)$/).filter(file => !/expected_result/.test(file)).flatMap((file): LabelledCase[] => {
            const found = objectsAt(file);
            const resources = found.map(({ resource }) => resource);
            const place = placeIn(root, file);
            if (/negative/.test(basename(file))) return resources.map((subject, index) => ({ corpus: "kics", label, bad: false, file: `${place}#${index}`, resources, subjects: [subject] }));
            const hit = new Set(expected.filter(({ fileName }) => fileName === basename(file) || fileName === undefined).map(({ line }) => holderOf(found, line)));
            return resources.filter(resource => hit.has(resource)).map((subject, index) => ({ corpus: "kics", label, bad: true, file: `${place}#${index}`, resources, subjects: [subject] }));
        });
    });
}

function holderOf(found: readonly Found[], line: number): Resource | undefined {
    return found.filter(({ lineOf }) => lineOf!([]) <= line).at(-1)?.resource;
}

export function expectedLines(tests: string): { line: number; fileName?: string }[] {
    const file = join(tests, "positive_expected_result.json");
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { line: number; fileName?: string }[]) : [];
}

/** Programs of Pulumi in YAML. */
function kicsPrograms(root: string): LabelledCase[] {
    return ["gcp", "kubernetes"].flatMap(cloud => {
        const queries = join(root, "kics/assets/queries/pulumi", cloud);
        return foldersIn(queries).flatMap(label => filesBelow(join(queries, label, "test"), /(positive|negative)\d*\.ya?ml$/).map(file => {
            const programs = parseAllDocuments(readFileSync(file, "utf8")).map(document => document.toJS() as { resources?: Record<string, { type: string; properties?: unknown }> });
            const list = programs.flatMap(({ resources = {} }) => Object.entries(resources).map(([name, { type, properties }]) => resourceOf(fullType(type), name, properties ?? {})));
            return { corpus: "kics", label: `pulumi/${label}`, bad: /positive/.test(basename(file)), file: placeIn(root, file), resources: list, subjects: list };
        }));
    });
}

/** `gcp:compute:SSLPolicy` is short for `gcp:compute/sSLPolicy:SSLPolicy`. */
function fullType(type: string): string {
    const [name = "", module = "", resource = ""] = type.split(":");
    return module.includes("/") || name === "kubernetes" ? type : `${name}:${module}/${resource.charAt(0).toLowerCase()}${resource.slice(1)}:${resource}`;
}

/** Objects that a check must not mention are called `dont-fire`. */
function kubeLinter(root: string): LabelledCase[] {
    const helpers = new Set(["RoleBinding", "ClusterRoleBinding", "ServiceAccount", "NetworkPolicy", "Namespace", "Secret"]);
    return filesBelow(join(root, "kube-linter/tests/checks"), /\.ya?ml$/).flatMap(file => {
        const label = basename(file).replace(/\.ya?ml$/, "");
        const resources = objectsAt(file).map(({ resource }) => resource);
        return resources.flatMap((subject, index) => {
            const bad = !/dont-?fire/.test(nameOf(subject));
            if (bad && helpers.has(kindOf(subject)) && !/binding/.test(label)) return [];
            return [{ corpus: "kube-linter", label, bad, file: `${placeIn(root, file)}#${index}`, resources, subjects: [subject] }];
        });
    });
}

/** What is expected names what fails: a pod, or a role and who is bound to it. Where nothing is, all is well. */
function kubescape(root: string): LabelledCase[] {
    return filesBelow(join(root, "kubescape/rules"), /test\/[^/]+\/expected\.json$/).flatMap(file => {
        const label = basename(dirname(dirname(dirname(file))));
        const resources = filesBelow(join(dirname(file), "input"), /\.(ya?ml|json)$/).flatMap(objectsAt).map(({ resource }) => resource);
        let expected: unknown;
        try {
            expected = JSON.parse(readFileSync(file, "utf8"));
        } catch {
            return [];
        }
        const named = namesIn(expected);
        const subjects = resources.filter(resource => named.size === 0 || named.has(`${kindOf(resource)} ${nameOf(resource)}`));
        return subjects.length === 0 ? [] : [{ corpus: "kubescape", label, bad: named.size > 0, file: placeIn(root, dirname(file)), resources, subjects }];
    });
}

/** Kinds and names of all objects that stand anywhere in it. */
function namesIn(value: unknown, names = new Set<string>()): Set<string> {
    if (typeof value !== "object" || value === null) return names;
    const { kind, metadata, name } = value as { kind?: unknown; metadata?: { name?: unknown } | null; name?: unknown };
    const called = metadata?.name ?? name;
    if (typeof kind === "string" && typeof called === "string") names.add(`${kind} ${called}`);
    for (const item of Object.values(value)) namesIn(item, names);
    return names;
}

function polaris(root: string): LabelledCase[] {
    return filesBelow(join(root, "polaris/test/checks"), /(success|failure)[^/]*\.yaml$/).map(file => {
        const resources = objectsAt(file).map(({ resource }) => resource);
        return { corpus: "polaris", label: basename(dirname(file)), bad: basename(file).startsWith("failure"), file: placeIn(root, file), resources, subjects: resources };
    }).filter(({ resources }) => resources.length > 0);
}

/** Tests in Rego, with the object written out in each. */
function trivy(root: string): LabelledCase[] {
    return filesBelow(join(root, "trivy/checks/kubernetes"), /_test\.rego$/).flatMap(file => {
        const label = basename(file).replace("_test.rego", "");
        return readFileSync(file, "utf8").split(/^(?=test_)/m).slice(1).flatMap(test => {
            const input = /with input as (\{[\s\S]*?\n?\})\s*(?:with|\n\n|\n\tcount)/.exec(test)?.[1];
            const count = /count\(\w+\) (==|>|>=|!=) (\d+)/.exec(test);
            if (input === undefined || count === null) return [];
            const bad = !(count[1] === "==" && count[2] === "0");
            try {
                const resources = readManifests(file, `${input.replaceAll("\t", "  ")}\n`, "corpus").map(({ resource }) => resource);
                return resources.length === 0 ? [] : [{ corpus: "trivy", label, bad, file: `${placeIn(root, file)}#${/^\w+/.exec(test)![0]}`, resources, subjects: resources }];
            } catch {
                return [];
            }
        });
    });
}
