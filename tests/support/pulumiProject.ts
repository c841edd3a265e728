/** A small Pulumi project in a home of its own, run by the same code as the product's. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../../toolchain/core/paths";
import { pulumiProvisions, Workspace } from "../../toolchain/pulumi";

/** The options that the product's own Pulumi.yaml gives to the language host. */
const PROJECT = `name: trial
runtime:
  name: nodejs
  options:
    typescript: false
    nodeargs: --require tsx/cjs
`;

export class PulumiProject {
    readonly folder: string;
    readonly home: string;
    private readonly before = process.env.AGENT_PLATFORM_HOME;

    constructor() {
        this.folder = realpathSync(mkdtempSync(join(tmpdir(), "agent-platform-project-")));
        this.home = join(this.folder, "home");
        mkdirSync(this.home);
        process.env.AGENT_PLATFORM_HOME = this.home;
        symlinkSync(join(repository, "node_modules"), join(this.folder, "node_modules"));
        this.write("Pulumi.yaml", PROJECT);
        this.write("package.json", JSON.stringify({ name: "trial", main: "index.ts", dependencies: { "@pulumi/pulumi": "*" } }));
        this.write("Pulumi.dev.yaml", "# a comment that stays\nconfig:\n  trial:length: 24 # and this one\n");
    }

    /** Installs the plugins into the home of this project; the CLI itself is there. */
    async install(): Promise<void> {
        for (const provision of pulumiProvisions) await provision.ensure(() => undefined);
    }

    open(variables: Record<string, string> = {}): Promise<Workspace> {
        return Workspace.open("dev", this.folder, variables);
    }

    write(name: string, text: string): void {
        writeFileSync(join(this.folder, name), text);
    }

    program(...lines: string[]): void {
        this.write("index.ts", lines.join("\n"));
    }

    /** A compiled policy pack that forbids passwords shorter than `least`. */
    policyPack(least: number): string {
        const pack = join(this.folder, "pack");
        mkdirSync(pack, { recursive: true });
        writeFileSync(join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\nversion: 0.0.1\ndescription: a pack for tests\n");
        writeFileSync(join(pack, "package.json"), JSON.stringify({ name: "trial-pack", version: "0.0.1", main: "index.js" }));
        writeFileSync(join(pack, "index.js"), `
            const { PolicyPack, validateResourceOfType } = require("@pulumi/policy");
            const { RandomPassword } = require("@pulumi/random");
            new PolicyPack("trial-pack", { policies: [{
                name: "long-passwords", description: "passwords are long", enforcementLevel: "mandatory",
                validateResource: validateResourceOfType(RandomPassword, (password, args, report) => {
                    if (password.length < ${least}) report("the password has only " + password.length + " characters");
                }),
            }] });`);
        return pack;
    }

    remove(): void {
        if (this.before === undefined) delete process.env.AGENT_PLATFORM_HOME;
        else process.env.AGENT_PLATFORM_HOME = this.before;
        chmodSync(this.home, 0o700);
        rmSync(this.folder, { recursive: true, force: true });
    }
}
