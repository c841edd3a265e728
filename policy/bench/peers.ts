/**
 * Other checkers beside the pack, on the same labelled objects: what they catch, what they cry wolf about, how long they
 * take. `node --import tsx policy/bench/peers.ts FOLDER` installs them from their registries into FOLDER and prints the
 * table of docs/policy-benchmarks.md.
 *
 * Tools have opinions beside security (labels, limits, probes), so a case counts as caught when a tool says something
 * of it that it does not say of the good object it was made from; a good case counts as false alarm by the same measure.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { repository, typescript } from "../../toolchain/core/paths";
import { cases, type Case } from "./cases";

interface Peer {
    name: string;
    install(folder: string): void;
    /** What it says of each case: identifiers of its checks, by the name of the case. */
    run(folder: string, files: string): Map<string, Set<string>>;
}

const versions = { checkov: "3.3.30", monokle: "0.33.0", kubeScore: "v1.20.0" };

const peers: Peer[] = [
    {
        name: "agent-platform policy",
        install: () => undefined,
        run(_folder, files) {
            const { results } = JSON.parse(output(process.execPath, [...typescript, join(repository, "toolchain/cli.ts"), "policy", "scan", files, "--separately", "--format", "json"])) as { results: { rule: string; outcome: string; location?: { file: string } }[] };
            return grouped(results.filter(({ outcome }) => outcome === "violation").map(({ rule, location }) => [nameIn(location!.file), rule]));
        },
    },
    {
        name: `Checkov ${versions.checkov}`,
        install(folder) {
            if (existsSync(join(folder, "checkov/bin/checkov"))) return;
            output("python3", ["-m", "venv", join(folder, "checkov")]);
            output(join(folder, "checkov/bin/pip"), ["install", "-q", `checkov==${versions.checkov}`]);
        },
        run(folder, files) {
            const { results } = JSON.parse(output(join(folder, "checkov/bin/checkov"), ["-d", files, "--framework", "kubernetes", "-o", "json", "--compact", "--quiet"])) as { results: { failed_checks: { check_id: string; file_path: string }[] } };
            return grouped(results.failed_checks.map(({ check_id, file_path }) => [nameIn(file_path), check_id]));
        },
    },
    {
        name: `@monokle/validation ${versions.monokle}`,
        install(folder) {
            if (existsSync(join(folder, "monokle/node_modules"))) return;
            mkdirSync(join(folder, "monokle"), { recursive: true });
            writeFileSync(join(folder, "monokle/package.json"), "{}");
            output("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", `@monokle/validation@${versions.monokle}`], join(folder, "monokle"));
        },
        run(folder, files) {
            const script = join(folder, "monokle/run.mjs");
            cpSync(join(__dirname, "monokle.mjs"), script);
            return grouped(JSON.parse(output(process.execPath, [script, join(files, "all.json")])) as [string, string][]);
        },
    },
    {
        name: `kube-score ${versions.kubeScore}`,
        install(folder) {
            if (existsSync(join(folder, "kube-score"))) return;
            const { Dir } = JSON.parse(output("go", ["mod", "download", "-json", `github.com/zegl/kube-score@${versions.kubeScore}`])) as { Dir: string };
            // The module cache is read-only.
            cpSync(Dir, join(folder, "kube-score-source"), { recursive: true });
            output("chmod", ["-R", "u+w", join(folder, "kube-score-source")]);
            output("go", ["build", "-trimpath", "-o", join(folder, "kube-score"), "./cmd/kube-score"], join(folder, "kube-score-source"));
        },
        run(folder, files) {
            const list = JSON.parse(output("bash", ["-c", `"$0" score --output-format json "$1"/*.yaml`, join(folder, "kube-score"), files])) as { object_meta: { name: string }; checks: { check: { id: string }; grade: number; skipped: boolean }[] }[];
            return grouped(list.flatMap(({ object_meta, checks }) => checks.filter(({ grade, skipped }) => !skipped && grade < 10).map(({ check }): [string, string] => [object_meta.name, check.id])));
        },
    },
];

async function main(given: string | undefined): Promise<void> {
    if (given === undefined) throw new Error("usage: peers.ts FOLDER (for the peers and the files)");
    const folder = resolve(given);
    const all = await cases();
    const [many, one] = [filesOf(join(folder, "cases"), all), filesOf(join(folder, "one"), all.slice(0, 1))];
    const bad = (set: Case["set"]) => all.filter(item => item.set === set && item.bad).length;
    const good = (set: Case["set"]) => all.filter(item => item.set === set && !item.bad).length;
    console.log(`| checker | fixtures: caught of ${bad("fixtures")} | false alarms of ${good("fixtures")} | examples: caught of ${bad("examples")} | false alarms of ${good("examples")} | start, one object | each further object |\n|---|---|---|---|---|---|---|`);
    for (const peer of peers) {
        peer.install(folder);
        const [found, time] = timed(() => peer.run(folder, many));
        const start = timed(() => peer.run(folder, one))[1];
        const count = (set: Case["set"], isBad: boolean) => all.filter(item => item.set === set && item.bad === isBad && saysMore(found, item)).length;
        console.log(`| ${peer.name} | ${count("fixtures", true)} | ${count("fixtures", false)} | ${count("examples", true)} | ${count("examples", false)} | ${(start / 1000).toFixed(1)} s | ${((time - start) / (all.length - 1)).toFixed(1)} ms |`);
    }
}

function saysMore(found: ReadonlyMap<string, ReadonlySet<string>>, { name, base }: Case): boolean {
    const known = found.get(base) ?? new Set();
    return [...(found.get(name) ?? [])].some(check => !known.has(check));
}

function filesOf(folder: string, list: readonly Case[]): string {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const { name, object } of list) writeFileSync(join(folder, `${name}.yaml`), stringify(object));
    writeFileSync(join(folder, "all.json"), JSON.stringify(list.map(({ name, object }) => ({ name, object }))));
    return folder;
}

function grouped(pairs: readonly (readonly [string, string])[]): Map<string, Set<string>> {
    const result = new Map<string, Set<string>>();
    for (const [name, check] of pairs) result.set(name, (result.get(name) ?? new Set()).add(check));
    return result;
}

function nameIn(file: string): string {
    return file.slice(file.lastIndexOf("/") + 1).replace(/\.yaml$/, "");
}

/** Checkers end with another code than 0 when they find something. */
function output(command: string, args: readonly string[], cwd = repository): string {
    const { stdout, stderr, error, status } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 29 });
    if (error) throw error;
    if (stdout === "" && status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-2000)}`);
    return stdout;
}

function timed<T>(work: () => T): [T, number] {
    const begun = performance.now();
    return [work(), performance.now() - begun];
}

void main(process.argv[2]);
