/**
 * The rules on public labelled corpora: what they catch of what each project calls bad, and what they say of what it calls good.
 * `node --import tsx policy/bench/corpora/measure.ts FOLDER [--show PATTERN]` prints the table of docs/policy-benchmarks.md.
 * FOLDER holds a checkout of each project (docs/policy-benchmarks.md names them and their commits) and, in `.tools`, an
 * `npm install @cdktf/hcl2json`. `--show` lists the cases of the half that is looked at in which pack and label differ.
 */
import { resolve } from "node:path";
import { evaluateResource, evaluateStack } from "../../src/core/evaluate";
import type { Resource } from "../../src/core/resource";
import type { Rule } from "../../src/core/rule";
import { effectiveRules, readConfiguration } from "../../src/environments";
import { rules } from "../../src/rules";
import { halfOf, type LabelledCase } from "./case";
import { kubernetesCases } from "./kubernetes";
import { labels, type Asked } from "./labels";
import { checkovObjects, terraformCases } from "./terraform";

const settings = new Map(effectiveRules(rules, readConfiguration("prod")).map(({ rule, settings: given }) => [rule.id, { rule, given }]));

/** Whether the rules that mean the same as the label have something to say of its resources. */
function isFound({ resources, subjects }: LabelledCase, asked: readonly Asked[]): boolean {
    return asked.some(({ rule: id, setting, pattern }) => {
        const { rule, given } = settings.get(id)!;
        const own = { ...given, ...(setting && { [setting[0]]: setting[1] }) };
        return findingsOf(rule, own, resources, subjects).some(({ kind, path, what }) => kind !== "undetermined" && (pattern?.test(`${path} ${what}`) ?? true));
    });
}

function findingsOf(rule: Rule, given: Readonly<Record<string, unknown>>, resources: readonly Resource[], subjects: readonly Resource[]): readonly { kind: string; path: string; what: string }[] {
    if (rule.scope === "resource") return subjects.flatMap(subject => evaluateResource(rule, subject, given));
    return evaluateStack(rule, resources, given).filter(({ resource }) => resource === undefined || subjects.includes(resource));
}

class Count {
    caught = 0;
    bad = 0;
    alarms = 0;
    good = 0;

    add(isBad: boolean, found: boolean): void {
        if (isBad) {
            this.bad++;
            if (found) this.caught++;
        } else {
            this.good++;
            if (found) this.alarms++;
        }
    }

    get row(): string {
        return `${this.caught} of ${this.bad} | ${this.alarms} of ${this.good}`;
    }
}

function main(folder: string | undefined, option?: string, pattern = ""): void {
    if (folder === undefined || (option !== undefined && option !== "--show")) throw new Error("usage: measure.ts FOLDER [--show PATTERN]");
    const root = resolve(folder);
    const asked = labels();
    const counts = new Map<string, Count>();
    const count = (name: string) => counts.get(name) ?? counts.set(name, new Count()).get(name)!;
    const known = new Set<string>();
    for (const item of [...kubernetesCases(root), ...checkovObjects(root), ...terraformCases(root, `${root}/.tools`)]) {
        const check = `${item.corpus}:${item.label}`;
        // Some projects name the parts of a check, of which all or some mean a rule of the pack.
        const name = asked.has(check) ? check : check.replace(/\/.*/, "");
        const mine = asked.get(name);
        if (!mine) continue;
        known.add(name);
        const half = halfOf(item);
        const found = isFound(item, mine);
        for (const group of [`${item.corpus} ${half}`, `all ${half}`]) count(group).add(item.bad, found);
        if (option && half === "seen" && found !== item.bad && check.includes(pattern)) console.log(`${item.bad ? "missed" : "ALARM "} ${check} [${mine.map(({ rule }) => rule).join()}] ${item.file}`);
    }
    for (const check of asked.keys()) if (!known.has(check)) console.error(`no case of ${check}`);
    const corpora = [...new Set([...counts.keys()].map(name => name.split(" ")[0]!))];
    console.log("| corpus | seen: caught | seen: alarms | unseen: caught | unseen: alarms |\n|---|---|---|---|---|");
    for (const corpus of corpora) console.log(`| ${corpus} | ${count(`${corpus} seen`).row} | ${count(`${corpus} unseen`).row} |`);
}

main(process.argv[2], process.argv[3], process.argv[4]);
