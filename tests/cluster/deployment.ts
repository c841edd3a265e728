/** Stack dev, deployed by the README's own command into an installation of its own, beside whatever else runs here. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../toolchain/core/port";
import { repository } from "../../toolchain/core/paths";

export interface Account {
    email: string;
    password: string;
}

export interface CommandResult {
    code: number;
    output: string;
    seconds: number;
}

export class Deployment {
    readonly home = mkdtempSync(join(tmpdir(), "agent-platform-home-"));
    readonly namespace = "agent-platform";
    url = "";
    admin: Account = { email: "", password: "" };
    user: Account = { email: "", password: "" };
    private port = 0;

    get kubeconfig(): string {
        return join(this.home, "kubeconfig");
    }

    /** Runs `npm run <command> -- <args>` as a person would, without a terminal. */
    async npm(command: string, ...args: string[]): Promise<CommandResult> {
        const started = Date.now();
        return new Promise((resolve, reject) => {
            const child = spawn("npm", ["run", "--silent", command, "--", ...args], { cwd: repository, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, AGENT_PLATFORM_HOME: this.home } });
            let output = "";
            for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
            child.on("error", reject);
            child.on("close", code => resolve({ code: code ?? 1, output, seconds: (Date.now() - started) / 1000 }));
        });
    }

    /** `npm run up`, and what it prints at the end. */
    async up(...args: string[]): Promise<CommandResult> {
        this.port ||= await freePort();
        const result = await this.npm("up", "--yes", "--port", String(this.port), ...args);
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
