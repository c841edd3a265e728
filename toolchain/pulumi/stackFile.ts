/**
 * The committed file Pulumi.<stack>.yaml, and how it stays as it was committed.
 *
 * The secrets of a stack are encrypted with a key that comes from the passphrase and a salt. The CLI wants to have the
 * salt in Pulumi.<stack>.yaml and writes it there: on `stack init`, and on every preview, up, refresh and destroy that
 * finds none. Passphrase and salt belong to one machine, the file to everyone, so a clean clone would not stay clean.
 * Found by experiment with CLI 3.256.0:
 * - The state holds the salt as well, and PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true makes the CLI take it from there.
 *   Without that variable it would make up another salt, and encrypt anew with it.
 * - Even then the CLI writes the salt into the stack's file, whose comments survive; it only does not mind when it cannot.
 * - With --config-file all of this happens to another file. `stack init` has no such option, but writes beside the
 *   Pulumi.yaml that it finds, so that a copy of the project's file in a folder of its own does the same.
 * Hence our commands work on a private copy, and never touch the committed file. Plain `pulumi up` with the variables of
 * environment.ts works too; the line that it leaves in the file is taken out again by our next command.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMap, parseDocument, visit } from "yaml";
import { homeFolder } from "../core/paths";
import { Problem } from "../core/problem";

export function stackFilePath(project: string, stack: string): string {
    return join(project, `Pulumi.${stack}.yaml`);
}

/**
 * A private copy of the stack's file, for --config-file.
 * @throws Problem when there is no such file
 */
export async function copyStackFile(project: string, stack: string): Promise<string> {
    const original = stackFilePath(project, stack);
    if (!existsSync(original)) {
        throw new Problem("AP-STACK-UNKNOWN", { what: `There is no stack ${stack}`, why: `${original} does not exist`, fix: "use the name of one of the files Pulumi.<stack>.yaml, or write such a file" });
    }
    const folder = homeFolder("stacks", createHash("sha256").update(project).digest("hex").slice(0, 12));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const copy = join(folder, `Pulumi.${stack}.yaml`);
    await writeFile(copy, await readFile(original), { mode: 0o600 });
    return copy;
}

/**
 * Takes a salt out of the committed file that a plain pulumi command has put there: only when the state holds the same,
 * and no secret of the file needs it.
 */
export async function tidyStackFile(project: string, stack: string, saltInState: string | undefined): Promise<void> {
    const path = stackFilePath(project, stack);
    const text = await readFile(path, "utf8");
    const tidied = withoutSalt(text, saltInState);
    if (tidied !== text) await writeFile(path, tidied);
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
