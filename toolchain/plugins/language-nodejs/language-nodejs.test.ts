import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { tryRun } from "../../core/run";
import { runResponse } from "./host";
import { pluginLaunch, programLaunch, splitArguments, type RunDetails } from "./launch";
import { dependencies, installedPackages, requiredPlugins } from "./packages";

const details: RunDetails = {
    options: {}, rootDirectory: "/root", programDirectory: "/root/program", entryPoint: ".", workingDirectory: "/root", monitor: "m:1", engine: "e:2",
    project: "p", stack: "s", organization: "o", parallel: 7, dryRun: false, args: [], config: { "p:a": "1" }, secretKeys: ["p:b"],
};
const resolve = (from: string, runner: string): string => `${from}/sdk/${runner}`;

describe("how a program is started", () => {
    it("hands the SDK's runner everything it needs", () => {
        const { args, env } = programLaunch(details, resolve);
        assert.deepEqual(args, ["/root/program/sdk/run", "--monitor", "m:1", "--engine", "e:2", "--project", "p", "--stack", "s", "--organization", "o", "--root-directory", "/root", "--pwd", "/root", "--parallel", "7", "."]);
        assert.deepEqual(env, { PULUMI_CONFIG: `{"p:a":"1"}`, PULUMI_CONFIG_SECRET_KEYS: `["p:b"]`, PULUMI_NODEJS_TYPESCRIPT: "true" });
    });

    it("puts Node's own arguments first and the program's last", () => {
        const { args } = programLaunch({ ...details, options: { nodeargs: "--import tsx" }, dryRun: true, args: ["x", "--y"] }, resolve);
        assert.deepEqual(args.slice(0, 2), ["--import", "tsx"]);
        assert.deepEqual(args.slice(-4), ["--dry-run", ".", "x", "--y"]);
    });

    it("leaves TypeScript to others when it is told to", () => {
        assert.equal(programLaunch({ ...details, options: { typescript: false } }, resolve).env.PULUMI_NODEJS_TYPESCRIPT, "false");
        assert.equal(programLaunch({ ...details, options: { tsconfig: "t.json" } }, resolve).env.PULUMI_NODEJS_TSCONFIG_PATH, "t.json");
    });

    it("differs for policy packs and for other plugins", () => {
        assert.deepEqual(pluginLaunch("analyzer", "/pack", {}, ["e:1"], resolve), ["/pack/sdk/run-policy-pack", "e:1", "/pack"]);
        assert.deepEqual(pluginLaunch("resource", "/plugin", { nodeargs: "--x" }, ["e:1"], resolve), ["--x", "/plugin/sdk/run-plugin", "/plugin", "e:1"]);
    });

    it("says what to do when the SDK is not installed", () => {
        assert.throws(() => programLaunch({ ...details, programDirectory: tmpdir() }), /Cannot find module '@pulumi\/pulumi\/cmd\/run'.*npm install/);
    });
});

describe("Node's arguments in Pulumi.yaml", () => {
    it("are split as a shell would", async () => {
        for (const line of ["", "  a  b ", `--x="a b" 'c d'e`, `a\\ b "c\\"d" ''`, `--import tsx --max-old-space-size=4096`]) {
            const shell = await tryRun("sh", ["-c", `for word in ${line}; do printf '%s\\n' "$word"; done`]);
            assert.deepEqual(splitArguments(line), shell.stdout.split("\n").slice(0, -1), line);
        }
    });

    it("come out as they went in, when they are quoted", () => {
        const word = fc.string({ maxLength: 8 }).filter((text) => !text.includes("'"));
        fc.assert(fc.property(fc.array(word, { maxLength: 5 }), (words) => assert.deepEqual(splitArguments(words.map((text) => `'${text}'`).join(" ")), words)));
    });

    it("are refused with a quote left open", () => {
        assert.throws(() => splitArguments(`a "b`), /quote open/);
    });
});

describe("the end of a program", () => {
    it("is told apart: well, already explained, failed, ended by force", () => {
        const of = (code: number | null, signal: NodeJS.Signals | null = null) => { const { error, bail } = runResponse(code, signal).toObject(); return [bail, error]; };
        assert.deepEqual([of(0), of(32), of(3), of(null, "SIGKILL")], [[false, ""], [true, ""], [false, "Program exited with non-zero exit code: 3"], [false, "Program was ended by signal SIGKILL"]]);
    });
});

describe("the packages of a program", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "agent-platform-packages-"));
        const put = (path: string, manifest: object) => {
            mkdirSync(dirname(join(folder, path)), { recursive: true });
            writeFileSync(join(folder, path), JSON.stringify(manifest));
        };
        put("package.json", { name: "root", dependencies: { "@pulumi/one": "*" } });
        put("program/package.json", { name: "program", dependencies: { plain: "*" } });
        put("node_modules/@pulumi/one/package.json", { name: "@pulumi/one", version: "1.0.0", pulumi: { resource: true } });
        put("node_modules/@pulumi/one/node_modules/nested/package.json", { name: "nested", version: "2.0.0", pulumi: { resource: true, name: "other", version: "v3.1.4", server: "https://example.com" } });
        put("program/node_modules/plain/package.json", { name: "plain", version: "0.1.0" });
        put("program/node_modules/broken/package.json", {});
        symlinkSync(folder, join(folder, "node_modules", "circle"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("are found beside it, above it and inside each other, once each, without going in circles", () => {
        const names = installedPackages(join(folder, "program")).map(({ name }) => name).filter((name) => ["@pulumi/one", "nested", "plain"].includes(name));
        assert.deepEqual(names.sort(), ["@pulumi/one", "nested", "plain"]);
    });

    it("tell which plugins they need", () => {
        assert.deepEqual(requiredPlugins(installedPackages(join(folder, "program"))).filter(({ name }) => ["one", "other"].includes(name)), [
            { name: "one", version: "v1.0.0", server: "", parameterization: undefined },
            { name: "other", version: "v3.1.4", server: "https://example.com", parameterization: undefined },
        ]);
    });

    it("are listed as the program names them, or all", () => {
        assert.deepEqual(dependencies(join(folder, "program"), false), [{ name: "plain", version: "0.1.0" }]);
        assert.ok(dependencies(join(folder, "program"), true).some(({ name }) => name === "nested"));
    });
});
