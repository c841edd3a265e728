/** `npm run cost`: what a stack costs by the month, from its configuration alone, in a second and without any cloud. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { topologyOf } from "../../blueprints";
import { parseConfig, type RawConfig } from "../../config";
import { forecastOf, type Forecast } from "../../topology/forecast";
import { imageNames, type Topology } from "../../topology/types";
import { repository } from "../core/paths";
import { Problem } from "../core/problem";
import { placeholders, standIn } from "../pulumi/placeholders";
import { stackFilePath } from "../pulumi/stackFile";
import { stateFile } from "../pulumi/state";
import { costPage, readForecast } from "./forecast";
import { readOptions } from "./options";
import { stackNames } from "./stack";

const project = "agent-platform";

export async function cost(args: readonly string[]): Promise<number> {
    const options = readOptions(args, { stack: { type: "string", default: "dev" }, json: { type: "boolean", default: false } });
    const names = stackNames();
    if (!names.includes(options.stack)) throw new Problem("AP-STACK-UNKNOWN", { what: `there is no stack ${options.stack}`, why: `Pulumi.${options.stack}.yaml does not exist; there are ${names.join(", ")}`, fix: "choose one of them with --stack" });
    const now = forecastOfStack(options.stack);
    const before = deployedForecast(options.stack);
    process.stdout.write(options.json ? `${JSON.stringify({ now, ...(before === undefined ? {} : { before }) }, undefined, 2)}\n` : `${costPage(now, before).join("\n")}\n`);
    return 0;
}

/** Of what Pulumi.<stack>.yaml says. */
export function forecastOfStack(stack: string): Forecast {
    return forecastOf(topologyOfStack(stack));
}

/** The topology of a stack from its file alone. Secrets and images are not read, and something stands for them. */
export function topologyOfStack(stack: string): Topology {
    return topologyOf(parseConfig(valuesOfStack(stack)));
}

/** The configuration of a stack from its file alone, before it is checked. */
export function valuesOfStack(stack: string): RawConfig {
    const declared = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8")) as { config: Record<string, { default?: unknown }> };
    const file = parse(readFileSync(stackFilePath(repository, stack), "utf8")) as { config?: Record<string, unknown> };
    const { plain = {}, secret = {} } = placeholders[stack] ?? {};
    const values: Record<string, string> = {};
    for (const [key, { default: value }] of Object.entries(declared.config)) if (!key.includes(":") && value !== undefined) values[key] = String(value);
    Object.assign(values, plain, secret);
    const secretKeys = new Set(Object.keys(secret));
    for (const [full, value] of Object.entries(file.config ?? {})) {
        const key = full.slice(`${project}:`.length);
        if (!full.startsWith(`${project}:`)) continue;
        const other = standIn(key, value);
        if (other !== undefined) {
            secretKeys.add(key);
            values[key] = secret[key] ?? other;
        } else values[key] = typeof value === "object" ? JSON.stringify(value) : String(value);
    }
    const registry = values.registry === undefined || values.registry === "" ? "registry.example.com" : values.registry;
    const images = Object.fromEntries(imageNames.map((name) => [name, `${registry}/${name}@sha256:${"0".repeat(64)}`]));
    return { values, secretKeys, builtImages: JSON.stringify(images), localKubeconfig: "" };
}

/** What the last deployment from this machine has left in its state. */
function deployedForecast(stack: string): Forecast | undefined {
    const path = stateFile(project, stack);
    if (!existsSync(path)) return undefined;
    const state = JSON.parse(readFileSync(path, "utf8")) as { checkpoint?: { latest?: { resources?: { type: string; outputs?: Record<string, unknown> }[] } } };
    return readForecast(state.checkpoint?.latest?.resources?.find((resource) => resource.type === "pulumi:pulumi:Stack")?.outputs?.forecast);
}
