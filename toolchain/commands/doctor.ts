/** `npm run doctor`: every check of `up`, without changing anything. */
import pc from "picocolors";
import type { Finding } from "../core/provision";
import { defaultPort, findLocalPort } from "../local-port";
import { readOptions } from "./options";
import { chains } from "./provisions";

export async function doctor(args: readonly string[]): Promise<number> {
    const { json } = readOptions(args, { json: { type: "boolean", default: false } });
    const all = await chains({ localCluster: true, port: { stack: "dev", port: findLocalPort("dev")?.port ?? defaultPort } });
    const findings: { chain: string; id: string; title: string; finding: Finding }[] = [];
    for (const { title: chain, provisions } of all) {
        for (const provision of provisions) {
            const finding = await provision.inspect();
            findings.push({ chain, id: provision.id, title: provision.title, finding });
            if (!json) show(chain, findings);
            // What follows a failed check would only fail for the same reason.
            if (finding.state === "failed") break;
        }
    }
    const failed = findings.filter(({ finding }) => finding.state === "failed").length;
    const missing = findings.filter(({ finding }) => finding.state === "missing").length;
    if (json) process.stdout.write(`${JSON.stringify(findings.map(plain), undefined, 2)}\n`);
    else process.stdout.write(`\n${verdict(failed, missing)}\n`);
    return failed > 0 ? 1 : 0;
}

function show(chain: string, findings: readonly { chain: string; title: string; finding: Finding }[]): void {
    const { title, finding } = findings.at(-1)!;
    if (findings.at(-2)?.chain !== chain) process.stdout.write(`\n${pc.bold(chain)}\n`);
    if (finding.state === "ready") {
        const remark = [finding.version, finding.source && sources[finding.source], finding.detail].filter(Boolean).join(" · ");
        process.stdout.write(`  ${pc.green("✔")} ${title.padEnd(32)} ${pc.dim(remark)}\n`);
    } else if (finding.state === "missing") {
        process.stdout.write(`  ${pc.yellow("○")} ${title.padEnd(32)} up will ${finding.plan}\n`);
    } else {
        const { code, message, why, fix } = finding.problem;
        process.stdout.write(`  ${pc.red("✖")} ${title.padEnd(32)} ${message}\n      why  ${why}\n      fix  ${fix}\n      ${code}\n`);
    }
}

const sources = { path: "found on PATH", download: "downloaded", built: "built here", debian: "Debian package", npm: "npm package" } as const;

function plain({ chain, id, title, finding }: { chain: string; id: string; title: string; finding: Finding }) {
    if (finding.state !== "failed") return { chain, id, title, ...finding };
    const { code, message, why, fix } = finding.problem;
    return { chain, id, title, state: finding.state, problem: { code, what: message, why, fix } };
}

function verdict(failed: number, missing: number): string {
    if (failed > 0) return `${failed} ${failed === 1 ? "check fails" : "checks fail"}; npm run up would stop there.`;
    if (missing > 0) return `Nothing stands in the way; npm run up will make what is missing.`;
    return "Everything is ready; npm run up.";
}
