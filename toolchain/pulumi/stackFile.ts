/**
 * The committed file Pulumi.<stack>.yaml, and how it stays as it was committed.
 *
 * The secrets of a stack are encrypted with a key that comes from the passphrase and a salt. The CLI wants to have the
 * salt in Pulumi.<stack>.yaml and writes it there: on `stack init`, and on every preview, up, refresh and destroy that
 * finds none. Passphrase and salt belong to one machine, the file to everyone, so a clean clone would not stay clean.
 * Found by experiment with CLI 3.256.0:
 * - The state holds the salt as well, and PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true makes the CLI take it from there.
 *   Without that variable it would make up another salt, and encrypt anew with it.
 * - Even then the CLI writes the salt into the stack's file; it only does not mind when it cannot. Comments survive that,
 *   but numbers and truth values become texts: `replicas: 1` is `replicas: "1"` afterwards.
 * - With --config-file all of this happens to another file. `stack init` has no such option, but writes beside the
 *   Pulumi.yaml that it finds, so that a copy of the project's file in a folder of its own does the same.
 * Hence our commands work on a private copy, and never touch the committed file. Plain `pulumi up` with the variables of
 * environment.ts works too; what it does to the file is undone by our next command.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMap, parse, parseDocument, visit } from "yaml";
import { homeFolder } from "../core/paths";
import { Problem } from "../core/problem";
import { writeSimulatedFile, type Encrypt } from "./simulatedStackFile";
import { simulating } from "./simulation";

/** Stacks whose name begins like this last only for a while, and their files belong to this installation. */
export const ephemeralPrefix = "ephemeral-";

export function stackFilePath(project: string, stack: string): string {
    return stack.startsWith(ephemeralPrefix) ? homeFolder("ephemeral", `Pulumi.${stack}.yaml`) : join(project, `Pulumi.${stack}.yaml`);
}

/** @throws Problem when there is no such file */
export function requireStackFile(project: string, stack: string): void {
    const file = stackFilePath(project, stack);
    if (existsSync(file)) return;
    throw new Problem("AP-STACK-UNKNOWN", { what: `There is no stack ${stack}`, why: `${file} does not exist`, fix: "use the name of one of the files Pulumi.<stack>.yaml, or write such a file" });
}

/**
 * A private copy of the stack's file, for --config-file.
 * @param encrypt for a simulated stack, which brings its own secrets
 * @throws Problem when there is no such file
 */
export async function copyStackFile(project: string, stack: string, encrypt: Encrypt): Promise<string> {
    requireStackFile(project, stack);
    const text = await readFile(stackFilePath(project, stack), "utf8");
    await mkdir(privateFolder(project), { recursive: true, mode: 0o700 });
    const copy = join(privateFolder(project), `Pulumi.${stack}.yaml`);
    if (simulating()) {
        await writeSimulatedFile(copy, text, stack, encrypt);
        return copy;
    }
    await writeFile(copy, text, { mode: 0o600 });
    if (!/^encryptionsalt:/m.test(text)) await writeFile(rememberedPath(project, stack), text, { mode: 0o600 });
    return copy;
}

/**
 * Undoes what a plain pulumi command has done to the committed file: takes out the salt, when the state holds the same
 * and no secret of the file needs it, and puts back how the values were written, when they are still the same.
 */
export async function tidyStackFile(project: string, stack: string, saltInState: string | undefined): Promise<void> {
    const path = stackFilePath(project, stack);
    const text = await readFile(path, "utf8");
    const tidied = withoutSalt(text, saltInState);
    if (tidied === text) return;
    const remembered = rememberedPath(project, stack);
    const before = existsSync(remembered) ? await readFile(remembered, "utf8") : tidied;
    await writeFile(path, sameSettings(before, tidied) ? before : tidied);
}

export function withoutSalt(text: string, saltInState: string | undefined): string {
    if (saltInState === undefined) return text;
    const document = parseDocument(text);
    if (document.errors.length > 0 || !isMap(document.contents) || document.get("encryptionsalt") !== saltInState) return text;
    let secrets = false;
    visit(document, { Pair: (_, pair) => { secrets ||= (pair.key as { value?: unknown } | null)?.value === "secure"; } });
    // By lines, so that everything else stays to the letter.
    return secrets ? text : text.split("\n").filter((line) => !line.startsWith("encryptionsalt:")).join("\n");
}

/** Whether two files say the same to Pulumi, for which every plain value is a text. */
export function sameSettings(one: string, other: string): boolean {
    const settings = (text: string): string => JSON.stringify(parse(text), (_, value: unknown) => {
        if (typeof value === "number" || typeof value === "boolean") return String(value);
        if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
        return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
    return settings(one) === settings(other);
}

/** One for each checkout: two of them may hold different files for the same stack. */
function privateFolder(project: string): string {
    return homeFolder("stacks", createHash("sha256").update(project).digest("hex").slice(0, 12));
}

/** The file as it was when no plain command had touched it. */
function rememberedPath(project: string, stack: string): string {
    return join(privateFolder(project), `Pulumi.${stack}.yaml.before`);
}
