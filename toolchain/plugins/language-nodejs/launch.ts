/** How Node is started for a Pulumi program, a policy pack or a plugin written in JavaScript. Pure: no process is started here. */
import { createRequire } from "node:module";
import { join } from "node:path";

/** The `options` of `runtime` in Pulumi.yaml, as far as they concern starting Node. */
export interface RuntimeOptions {
    /** Arguments for Node itself, e.g. `--import tsx`. */
    nodeargs?: string;
    /** False when the program needs no ts-node, because it is JavaScript or `nodeargs` load another compiler. */
    typescript?: boolean;
    tsconfig?: string;
    packagemanager?: string;
}

export interface RunDetails {
    options: RuntimeOptions;
    rootDirectory: string;
    programDirectory: string;
    entryPoint: string;
    workingDirectory: string;
    monitor: string;
    engine: string;
    project: string;
    stack: string;
    organization: string;
    parallel: number;
    dryRun: boolean;
    args: string[];
    config: Record<string, string>;
    secretKeys: string[];
}

export interface Launch {
    args: string[];
    env: Record<string, string>;
}

/** What starts a program: the SDK's own runner, found from the program so that both use the same copy of the SDK. */
export function programLaunch(details: RunDetails, resolve: (from: string, runner: string) => string = resolveRunner): Launch {
    const args = [
        ...splitArguments(details.options.nodeargs ?? ""),
        resolve(details.programDirectory, "run"),
        "--monitor", details.monitor,
        "--engine", details.engine,
        "--project", details.project,
        "--stack", details.stack,
        "--organization", details.organization,
        "--root-directory", details.rootDirectory,
        "--pwd", details.workingDirectory,
        "--parallel", String(details.parallel),
    ];
    if (details.dryRun) args.push("--dry-run");
    args.push(details.entryPoint, ...details.args);
    const env: Record<string, string> = {
        PULUMI_CONFIG: JSON.stringify(details.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(details.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(details.options.typescript !== false),
    };
    if (details.options.tsconfig !== undefined) env.PULUMI_NODEJS_TSCONFIG_PATH = details.options.tsconfig;
    return { args, env };
}

/** What starts a policy pack (kind `analyzer`) or a provider written in JavaScript. */
export function pluginLaunch(kind: string, directory: string, options: RuntimeOptions, args: string[], resolve: (from: string, runner: string) => string = resolveRunner): string[] {
    const node = splitArguments(options.nodeargs ?? "");
    if (kind === "analyzer") return [...node, resolve(directory, "run-policy-pack"), ...args, directory];
    return [...node, resolve(directory, "run-plugin"), directory, ...args];
}

/**
 * Splits a command line at white space, as a shell does: quotes group, a backslash escapes.
 * @throws Error when a quote is left open
 */
export function splitArguments(line: string): string[] {
    const found: string[] = [];
    let current: string | undefined;
    let quote = "";
    for (let at = 0; at < line.length; at++) {
        const char = line[at]!;
        if (char === "\\" && quote !== "'" && at + 1 < line.length) {
            current = (current ?? "") + line[++at];
        } else if (quote !== "") {
            if (char === quote) quote = "";
            else current += char;
        } else if (char === "'" || char === "\"") {
            quote = char;
            current ??= "";
        } else if (/\s/.test(char)) {
            if (current !== undefined) found.push(current);
            current = undefined;
        } else {
            current = (current ?? "") + char;
        }
    }
    if (quote !== "") throw new Error(`nodeargs in Pulumi.yaml leave a quote open: ${line}`);
    if (current !== undefined) found.push(current);
    return found;
}

function resolveRunner(from: string, runner: string): string {
    try {
        return createRequire(join(from, "index.js")).resolve(`@pulumi/pulumi/cmd/${runner}`);
    } catch {
        // The engine recognises this wording and advises to install the dependencies.
        throw new Error(`Cannot find module '@pulumi/pulumi/cmd/${runner}' from ${from}: run npm install there first`);
    }
}
