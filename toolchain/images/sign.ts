/** Signs images in their registry, for clusters that let no others in. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../core/problem";
import type { Report } from "../core/provision";
import { tryRun, type RunResult } from "../core/run";
import { signingOptions } from "../kubernetes/admission";
import { ensureCosign } from "./cosign";

/** The two halves of the key. */
export interface KeyPair {
    /** In PEM, as the stack's configuration has it. */
    readonly publicKey: string;
    /** Path of a file of cosign's, or where a key management service has it: `gcpkms://…`, `awskms://…`, `azurekms://…`, `hashivault://…`. */
    readonly privateKey: string;
}

/**
 * The private half, from where `COSIGN_KEY` says it is.
 * @throws Problem AP-IMAGE-SIGNING-KEY when it is not there, or others can read it
 */
export function keyPairOf(publicKey: string, privateKey = process.env.COSIGN_KEY): KeyPair {
    const refused = (why: string, fix: string) => new Problem("AP-IMAGE-SIGNING-KEY", { what: "the images of this stack cannot be signed", why, fix });
    if (privateKey === undefined || privateKey === "") throw refused("its cluster lets only images in that the key in agent-platform:signingKey has signed, and COSIGN_KEY is not set", "export COSIGN_KEY=PATH, or the address of a key management service, and COSIGN_PASSWORD for a file; docs/signed-images.md says how a key is made");
    if (/^[a-z0-9]+:\/\//.test(privateKey)) return { publicKey, privateKey };
    if (!existsSync(privateKey)) throw refused(`COSIGN_KEY names ${privateKey}, and there is no such file`, "correct it, or make a key as docs/signed-images.md shows");
    if ((statSync(privateKey).mode & 0o077) !== 0) throw refused(`others than its owner may read ${privateKey}`, `chmod 600 ${privateKey}`);
    return { publicKey, privateKey };
}

/**
 * Signs `NAME@sha256:…`, unless the key has done so already, and looks whether the stack's half of the key finds it so.
 * In no transparency log: it would tell the world the names of private images.
 * @throws Problem AP-IMAGE-SIGN
 */
export async function sign(reference: string, key: KeyPair, report: Report): Promise<void> {
    const cosign = await ensureCosign(report);
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-key-"));
    try {
        const publicFile = join(folder, "cosign.pub");
        writeFileSync(publicFile, key.publicKey);
        const isSigned = () => tryRun(cosign, ["verify", "--key", publicFile, "--insecure-ignore-tlog", "--new-bundle-format=false", "--output", "text", reference]);
        if ((await isSigned()).code === 0) return;
        report(`signing ${reference}`);
        const signed = await tryRun(cosign, ["sign", "--yes", "--key", key.privateKey, ...signingOptions, reference]);
        if (signed.code !== 0) throw notSigned(reference, lastLine(signed), "see that COSIGN_KEY and COSIGN_PASSWORD belong together, and that you may write to the registry (docker login)");
        const after = await isSigned();
        if (after.code !== 0) throw notSigned(reference, `it is signed now, but not by the other half of agent-platform:signingKey: ${lastLine(after)}`, "let COSIGN_KEY name the key whose public half the stack has (cosign public-key --key \"$COSIGN_KEY\"), or give the stack that half");
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function notSigned(reference: string, why: string, fix: string): Problem {
    return new Problem("AP-IMAGE-SIGN", { what: `${reference} could not be signed`, why, fix });
}

function lastLine({ stderr, code }: RunResult): string {
    return stderr.trim().split("\n").findLast((line) => /error|no |not /i.test(line))?.replace(/^(Error|main\.go:\d+): /i, "") ?? `cosign ended with ${code}`;
}
