/** Stack dev, deployed by the README's own command into an installation of its own, beside whatever else runs here. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../toolchain/core/port";
import { repository } from "../../toolchain/core/paths";
import { eventually } from "../support/client";

export interface Account {
    email: string;
    password: string;
}

export interface CommandResult {
    code: number;
    output: string;
    seconds: number;
}

export interface Running {
    ended: Promise<CommandResult>;
    /** Resolves when the plan has come to this step, or the command is over. */
    begun(step: string): Promise<true>;
    /** To the command and everything it has started in the foreground. */
    signal(name: NodeJS.Signals): void;
}

export class Deployment {
    readonly home = mkdtempSync(join(tmpdir(), "agent-platform-home-"));
    url = "";
    admin: Account = { email: "", password: "" };
    user: Account = { email: "", password: "" };
    private port = 0;

    constructor(readonly namespace = "agent-platform") {}

    get kubeconfig(): string {
        return join(this.home, "kubeconfig");
    }

    /** Runs `npm run <command> -- <args>` as a person would, without a terminal. */
    async npm(command: string, ...args: string[]): Promise<CommandResult> {
        return (await this.start(command, ...args)).ended;
    }

    /** Begins a command that may be ended before its time; `up` gets a port that stays the same. */
    async start(command: string, ...args: string[]): Promise<Running> {
        if (command === "up") args.push("--port", String(this.port ||= await freePort()));
        const started = Date.now();
        // A process group of its own: that is what a terminal sends Ctrl-C to.
        const child = spawn("npm", ["run", "--silent", command, "--", ...args], { cwd: repository, detached: true, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, AGENT_PLATFORM_HOME: this.home } });
        let output = "";
        const ended = new Promise<CommandResult>((resolve, reject) => {
            for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
            child.on("error", reject);
            // npm ends by the signal that its script was ended by; a shell calls that 128 and its number.
            child.on("close", (code, signal) => resolve({ code: code ?? (signal === "SIGINT" ? 130 : 1), output, seconds: (Date.now() - started) / 1000 }));
        });
        return {
            ended,
            begun: step => eventually(`"${step}" begins`, 180_000, async () => (child.exitCode !== null || output.includes(`❯ ${step}`) ? true : undefined)),
            signal: name => {
                if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, name);
            },
        };
    }

    /** `npm run up`, and what it prints at the end. */
    async up(...args: string[]): Promise<CommandResult> {
        const result = await this.npm("up", "--yes", ...args);
        if (result.code === 0) {
            this.url = /https?:\/\/localhost:\d+/.exec(result.output)?.[0] ?? "";
            this.admin = account(result.output, "admin");
            this.user = account(result.output, "user");
        }
        return result;
    }

    remove(): void {
        rmSync(this.home, { recursive: true, force: true });
    }
}

function account(output: string, role: string): Account {
    const [, email = "", password = ""] = new RegExp(`^\\s*${role}\\s+(\\S+@\\S+)\\s+(\\S+)\\s*$`, "m").exec(output) ?? [];
    return { email, password };
}
