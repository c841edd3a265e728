/**
 * `npm run policy`: what the rules say of a stack, of files, and of themselves.
 * Exit codes: 0 nothing stops the deployment, 1 something does, 2 it could not be found out.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildPack } from "../../policy/build";
import { compare } from "../../policy/reference/compare";
import { hasGo, versions } from "../../policy/reference/reference";
import { eventsIn, reportOf } from "../../policy/report/events";
import { environmentAsData, explainEnvironment, explainRule } from "../../policy/report/explain";
import { formats, render, type Format } from "../../policy/report/formats";
import { isClean, sorted, type PolicyReport, type Result } from "../../policy/report/model";
import { scan } from "../../policy/scan/scan";
import { readSources, UnreadableSource } from "../../policy/scan/sources";
import { Waivers } from "../../policy/src/core/waivers";
import { configurationProblems, effectiveRules, environments, readConfiguration, type EffectiveRule } from "../../policy/src/environments";
import { rules } from "../../policy/src/rules";
import { log } from "../core/log";
import { repository } from "../core/paths";
import { describeProblem, Problem } from "../core/problem";
import { compileCache, simulate, type PolicyNote } from "../pulumi";
import { lookAt } from "./look";
import { session } from "./session";
import { policies, readStack } from "./stack";

const subcommands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = { check, scan: scanPaths, report, explain, runner, reference };

export async function policy(args: readonly string[]): Promise<number> {
    try {
        const [name = "", ...rest] = args;
        const run = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
        if (!run) throw usage(name === "" ? "no command was given" : `there is no command ${name}`, `the commands are ${Object.keys(subcommands).join(", ")}`);
        return await run(rest);
    } catch (error) {
        if (error instanceof Problem && error.code === "AP-INTERRUPTED") throw error;
        log(error instanceof Error ? (error.stack ?? error.message) : String(error));
        process.stderr.write(`\n${describeProblem(problemOf(error))}\n`);
        // 1 means violations, and nothing else.
        return 2;
    }
}

const output = { format: { type: "string", default: "text" }, output: { type: "string" } } as const;

/** A real preview of a stack, and everything that the rules say of it. */
async function check(args: readonly string[]): Promise<number> {
    const { values } = read(args, { ...output, stack: { type: "string", default: "dev" }, simulate: { type: "boolean", default: false } }, false);
    const format = formatOf(values.format);
    const stack = readStack(values.stack);
    if (values.simulate) simulate();
    const silent = format !== "text" || values.output !== undefined;
    const outcome = await session("policy", stack.name, () => lookAt(stack, { silent }), silent);
    const resources = Object.values(outcome.counts).reduce((sum, count) => sum + count, 0);
    const found = reportOf(outcome.violations, rules, { subject: values.stack, environment: stack.environment, resources });
    return finish({ ...found, results: sorted([...found.results, ...outcome.policyNotes.map(note => enforcement(note, stack.environment))]) }, format, values.output);
}

/** A production stack that was changed with the pack left out is a violation until it was deployed under the pack again. */
function enforcement({ kind, text }: PolicyNote, environment: string): Result {
    return {
        rule: "enforcement",
        outcome: kind === "left out" && environment === "prod" ? "violation" : "advice",
        severity: kind === "left out" ? "high" : "low",
        path: "",
        what: text,
        why: "What is deployed was checked by the rules of its day, or by none.",
        fix: "Deploy again under the pack, and let only the pipeline hold the credentials.",
    };
}

async function scanPaths(args: readonly string[]): Promise<number> {
    const { values, positionals } = read(args, { ...output, env: { type: "string", default: "prod" }, stack: { type: "string" }, separately: { type: "boolean", default: false } }, true);
    const format = formatOf(values.format);
    if (positionals.length === 0) throw usage("nothing to scan was named", "scan wants files, folders or - for standard input");
    const effective = effectiveOf(values.env);
    const waivers = new Waivers(readIfThere(join(repository, "policy", "waivers.json")), rules);
    try {
        const found = scan(readSources(positionals), { rules: effective, environment: values.env, waivers, stack: values.stack, separately: values.separately });
        return await finish(found, format, values.output);
    } catch (error) {
        if (!(error instanceof UnreadableSource)) throw error;
        // The others are told all the same; the exit code is that of what could not be found out.
        if (error.report && error.report.resources > 0) await finish(error.report, format, values.output);
        throw new Problem("AP-POLICY-UNREADABLE", { what: error.message, why: "what cannot be read cannot be judged, and passing it in silence would be wrong", fix: "correct or leave out what is named; render Helm charts first: helm template . | npm run --silent policy -- scan -" });
    }
}

/** The last check or scan, or what pulumi itself wrote, in another format. */
async function report(args: readonly string[]): Promise<number> {
    const { values } = read(args, { ...output, input: { type: "string" }, stack: { type: "string", default: "dev" } }, false);
    const format = formatOf(values.format);
    const text = values.input === undefined ? readIfThere(lastReport) : values.input === "-" ? readFileSync(0, "utf8") : readIfThere(values.input);
    if (text === undefined) {
        throw new Problem("AP-POLICY-NO-REPORT", { what: values.input === undefined ? "there is no result to report" : `${values.input} does not exist`, why: "a report is made of a check or a scan", fix: "run npm run policy -- check or scan first, or name a file with --input" });
    }
    const found = asReport(text) ?? fromEvents(text, values.stack);
    if (!found) throw new Problem("AP-POLICY-UNREADABLE", { what: `${values.input ?? lastReport} holds neither a report nor events of pulumi`, why: "the JSON of check and scan can be read, and the lines of pulumi preview --json with PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true", fix: "name a file of that kind with --input" });
    return await finish(found, format, values.output, false);
}

async function explain(args: readonly string[]): Promise<number> {
    const { values, positionals } = read(args, { env: { type: "string", default: "prod" }, json: { type: "boolean", default: false } }, true);
    if (positionals.length === 0) {
        const effective = effectiveOf(values.env);
        process.stdout.write(values.json ? `${JSON.stringify(environmentAsData(effective), undefined, 2)}\n` : explainEnvironment(values.env, effective));
        return 0;
    }
    for (const id of positionals) {
        const rule = rules.find(candidate => candidate.id === id);
        if (!rule) {
            const near = rules.filter(candidate => id.split("-").some(part => part.length > 2 && candidate.id.includes(part))).map(candidate => candidate.id);
            throw usage(`there is no rule ${id}`, near.length > 0 ? `similar ones are ${near.slice(0, 6).join(", ")}` : "npm run policy -- explain lists all");
        }
        process.stdout.write(values.json ? `${JSON.stringify(rule, undefined, 2)}\n` : explainRule(rule, new Map(environments().map(name => [name, readConfiguration(name)]))));
    }
    return 0;
}

/** The lines by which a machine attaches the pack to every plain pulumi command. */
async function runner(args: readonly string[]): Promise<number> {
    const { values } = read(args, { stack: { type: "string", default: "dev" } }, false);
    const { policyPack, args: [, config] } = policies(readStack(values.stack));
    await buildPack();
    const variables = { PULUMI_OPTION_POLICY_PACK: policyPack, PULUMI_OPTION_POLICY_PACK_CONFIG: config!, NODE_COMPILE_CACHE: compileCache() };
    process.stdout.write(Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}\n`).join(""));
    return 0;
}

function quoted(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The Pod Security rules against the code of Kubernetes, on generated pods in every version in which the standards changed. */
async function reference(args: readonly string[]): Promise<number> {
    const { values } = read(args, { pods: { type: "string", default: "3000" }, seed: { type: "string", default: "20" } }, false);
    const [pods, seed] = [Number(values.pods), Number(values.seed)];
    if (!Number.isInteger(pods) || pods < 1 || !Number.isInteger(seed)) throw usage("--pods and --seed are whole numbers", `${values.pods} and ${values.seed} were given`);
    if (!(await hasGo())) throw new Problem("AP-POLICY-NO-GO", { what: "there is no Go to build the reference with", why: "the reference is the Go code by which Kubernetes decides", fix: "install Go 1.26 or newer, or a Go that may download it (GOTOOLCHAIN=auto)" });
    const begun = Date.now();
    const { allowed, refused, disagreements } = await compare({ pods, seed, versions, report: done => void process.stderr.write(`${done} of ${pods} pods\n`) });
    for (const disagreement of disagreements) process.stdout.write(`${disagreement}\n`);
    process.stdout.write(`${disagreements.length === 0 ? "no disagreement" : "they disagree"}: ${pods} pods, ${versions.length} versions, both profiles; ${allowed} verdicts allow, ${refused} refuse; ${Math.round((Date.now() - begun) / 1000)} s\n`);
    return disagreements.length === 0 ? 0 : 1;
}

const lastReport = join(repository, ".agent-platform", "policy-report.json");

/** Keeps the result for `report`, and gives it out. */
async function finish(found: PolicyReport, format: Format, file: string | undefined, keep = true): Promise<number> {
    if (keep) write(lastReport, render(found, "json", []));
    const effective = environments().includes(found.environment) ? effectiveOf(found.environment) : rules.map((rule): EffectiveRule => ({ rule, level: "mandatory", settings: {} }));
    const text = render(found, format, effective);
    if (file === undefined) process.stdout.write(text);
    else write(resolve(file), text);
    return isClean(found) ? 0 : 1;
}

function asReport(text: string): PolicyReport | undefined {
    try {
        const content = JSON.parse(text) as Partial<PolicyReport> | null;
        return content !== null && Array.isArray(content.results) && typeof content.environment === "string" ? (content as PolicyReport) : undefined;
    } catch {
        return undefined;
    }
}

function fromEvents(text: string, stack: string): PolicyReport | undefined {
    const events = eventsIn(text);
    return events && reportOf(events.told, rules, { subject: stack, environment: readStack(stack).environment, resources: events.resources });
}

/** @throws Problem AP-POLICY-ENVIRONMENT, AP-POLICY-CONFIG */
function effectiveOf(environment: string): EffectiveRule[] {
    if (!environments().includes(environment)) throw new Problem("AP-POLICY-ENVIRONMENT", { what: `there is no environment ${environment}`, why: `policy/config has ${environments().join(", ")}`, fix: "choose one of them with --env" });
    const configuration = readConfiguration(environment);
    const problems = configurationProblems(rules, configuration);
    if (problems.length > 0) throw new Problem("AP-POLICY-CONFIG", { what: `policy/config/${environment}.json has mistakes:\n  ${problems.join("\n  ")}`, why: "a setting that does not exist would be believed to hold", fix: "correct what is named; policy/config.schema.json says what there is" });
    return effectiveRules(rules, configuration);
}

function formatOf(text: string): Format {
    if ((formats as readonly string[]).includes(text)) return text as Format;
    throw usage(`there is no format ${text}`, `the formats are ${formats.join(", ")}`);
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>["options"] & object;

function read<T extends Options>(args: readonly string[], options: T, allowPositionals: boolean) {
    try {
        return parseArgs({ args: [...args], options, strict: true, allowPositionals });
    } catch (error) {
        throw usage((error as Error).message.split(". ")[0]!, `the options are ${Object.keys(options).map(name => `--${name}`).join(", ")}`);
    }
}

function usage(what: string, why: string): Problem {
    return new Problem("AP-USAGE", { what, why, fix: "npm run policy -- --help tells what there is" });
}

function problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    return new Problem("AP-UNEXPECTED", { what: error instanceof Error ? error.message.split("\n")[0]! : String(error), why: "this case is not known to the toolchain", fix: "run the same command again; if it stays, report it", cause: error });
}

function readIfThere(file: string): string | undefined {
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function write(file: string, text: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
}
