/** What the CLI says when something goes wrong, as problems that name their fix. */
import { Problem, readProblem } from "../core/problem";
import { explainRefusals } from "../kubernetes/admission";
import { passphraseFile } from "./environment";
import type { Summary } from "./events";

interface Known {
    pattern: RegExp;
    problem(match: RegExpExecArray, stack: string): Problem;
}

const KNOWN: readonly Known[] = [
    {
        pattern: /the stack is currently locked by[^]*?created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/,
        problem: ([, user, host, pid, since], stack) => stackLocked(stack, { user: user!, host: host!, pid: Number(pid), since: since! }),
    },
    {
        pattern: /incorrect passphrase/,
        problem: (_, stack) => new Problem("AP-PASSPHRASE-WRONG", {
            what: `The passphrase does not fit the state of stack ${stack}`,
            why: `the secrets in the state were encrypted with another passphrase than the one in ${passphraseFile()}`,
            fix: `put the right passphrase into that file (from a backup of it); if Pulumi.${stack}.yaml has a line encryptionsalt from another machine, remove that line`,
        }),
    },
    {
        pattern: /passphrase must be set|unable to read PULUMI_CONFIG_PASSPHRASE_FILE/,
        problem: (_, stack) => new Problem("AP-PASSPHRASE-LOST", {
            what: `There is no passphrase for the secrets of stack ${stack}`,
            why: "neither PULUMI_CONFIG_PASSPHRASE nor PULUMI_CONFIG_PASSPHRASE_FILE leads to one",
            fix: "set one of these variables, as you do for plain pulumi commands",
        }),
    },
    {
        pattern: /configured Kubernetes cluster is unreachable:?\s*([^\n]*)/,
        problem: ([, detail]) => new Problem("AP-CLUSTER-UNREACHABLE", {
            what: "The Kubernetes cluster does not answer",
            why: detail || "its API server cannot be reached",
            fix: "npm run up starts the local cluster again; for a cluster of your own check its context with kubectl --context NAME get nodes",
        }),
    },
    {
        pattern: /(snapshot integrity[^\n]*|could not deserialize deployment[^\n]*|failed to load checkpoint[^\n]*)/,
        problem: ([detail], stack) => new Problem("AP-STATE-BROKEN", {
            what: `The state of stack ${stack} is damaged`,
            why: detail!,
            fix: "restore it from its backups (pulumi stack export/import; the folder state/.pulumi/backups keeps every version), then npm run up -- --refresh",
        }),
    },
    {
        pattern: /(?:Could not automatically download and install|no) resource plugin 'pulumi-resource-(cloudflare|gcp|hcloud|minio|oci|tailscale|talos)'[^']*?(v[\d.]+)?[,`'\s][^\n]*/,
        problem: ([, cloud, version], stack) => new Problem("AP-CLOUD-PLUGIN", {
            what: `Stack ${stack} needs the official plugin for ${cloud}${version === undefined ? "" : ` ${version}`}, and it is not there`,
            why: "Pulumi downloads it from its vendor, whose server cannot be reached from here; there is no stand-in for a real cloud",
            fix: `allow https://get.pulumi.com and https://github.com, then run the same command again; or see what would be made on simulated clouds: npm run preview -- --stack ${stack} --simulate`,
        }),
    },
    {
        pattern: /(no (?:resource|language) plugin '[^']+'[^\n]*|could not find (?:latest version|plugin)[^\n]*)/i,
        problem: ([detail]) => new Problem("AP-PULUMI-MISSING", { what: "A part of Pulumi is missing", why: detail!, fix: "npm run up" }),
    },
];

/** The problem that the texts of a failed run stand for. */
export function explainFailure(stack: string, doing: string, stderr: string, summary: Summary | undefined): Problem {
    const errors = summary?.diagnostics.filter((diagnostic) => diagnostic.severity === "error").map((diagnostic) => diagnostic.message) ?? [];
    const text = [stderr, ...errors].join("\n");
    // What our own program has to say is said best by itself.
    const own = readProblem(text);
    if (own !== undefined) return own;
    const refused = explainRefusals(text);
    if (refused.length > 0) return new Problem("AP-IMAGE-UNSIGNED", { what: refused.map(({ what }) => what).join("\n"), why: refused[0]!.why, fix: refused[0]!.fix });
    for (const { pattern, problem } of KNOWN) {
        const match = pattern.exec(text);
        if (match !== null) return problem(match, stack);
    }
    const why = [...new Set([...errors, ...errorLines(stderr)])].filter((line) => !/^(preview|update|refresh|destroy) failed$/.test(line)).join("\n");
    return new Problem("AP-PULUMI-FAILED", { what: `${doing} stack ${stack} failed`, why: why || stderr.trim() || "Pulumi did not say", fix: "remove the cause and run the same command again: what was done is kept" });
}

/** For a run that came to a good end, or was cut short, after the person had asked to stop: whatever was to follow must not. */
export function interruptedRun(): Problem {
    return new Problem("AP-INTERRUPTED", { what: "interrupted", why: "you asked to stop; what had been begun was finished", fix: "run the same command again to go on" });
}

export function stackLocked(stack: string, holder: { user: string; host: string; pid: number; since: string }): Problem {
    return new Problem("AP-STACK-LOCKED", {
        what: `Another run is at work on stack ${stack}`,
        why: `${holder.user} on ${holder.host} (process ${holder.pid}) has held its lock since ${holder.since}`,
        fix: `wait for it to end; if it is on another machine and no longer runs: eval "$(npm run --silent env)" && pulumi cancel --stack ${stack}`,
    });
}

function errorLines(stderr: string): string[] {
    return stderr.split("\n").map((line) => line.replace(/^error: /, "").trim()).filter((line) => line !== "");
}
