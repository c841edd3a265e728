/**
 * Finds and makes the Pulumi CLI, its language host and its plugins. What is official always comes first: on PATH, then
 * downloaded. Only where that cannot be had is the CLI built from source, and do stand-ins take the others' places.
 */
import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder, homeFolder, repository } from "../core/paths";
import { Problem } from "../core/problem";
import type { Finding, Provision, Report, Source } from "../core/provision";
import { run, tryRun, which } from "../core/run";
import { canDownload, download } from "./download";
import { findGo, goBuild } from "./go";
import { binFolder, buildStandIns, describeStandIns, joinWithCli, MARKER, type StandIns } from "./standins";
import { simulating } from "./simulation";
import { cliVersion, plugins, suitable, wantedPlugins, type PluginPin } from "./versions";

const downloaded = (): string => cacheFolder("pulumi", `download-${cliVersion}`);
const built = (): string => cacheFolder("pulumi", `built-${cliVersion}`);
const SCRATCH = 4.5e9;

export interface Cli {
    /** The executable. */
    path: string;
    version: string;
    source: Source;
    /** The official language host lies beside it. */
    official: boolean;
}

/** Everything that running Pulumi takes; what `findTools` returns exists. */
export interface Tools {
    cli: Cli;
    /** To be put first on PATH. */
    folder: string;
    /** PULUMI_HOME: ours as soon as any stand-in is in use, so that the user's own is never touched; else the user's. */
    home: string;
}

/** The tools as they are installed now. Nothing, when something is missing. */
export async function findTools(): Promise<Tools | undefined> {
    const cli = await findCli();
    if (cli === undefined) return undefined;
    const home = await homeFor(cli);
    for (const plugin of wantedPlugins()) if (!(await pluginReady(plugin, home))) return undefined;
    if (cli.official) return { cli, folder: dirname(cli.path), home };
    const folder = binFolder(await describeStandIns());
    return existsSync(folder) ? { cli, folder, home } : undefined;
}

/** @throws Problem when something is missing */
export async function requireTools(): Promise<Tools> {
    const tools = await findTools();
    if (tools !== undefined) return tools;
    throw new Problem("AP-PULUMI-MISSING", { what: "Pulumi is not set up on this machine yet", why: "its CLI, language host or a plugin is missing", fix: "npm run up" });
}

/** In the order in which they are needed. */
export const pulumiProvisions: readonly Provision[] = [
    {
        id: "pulumi-cli",
        title: "Pulumi CLI",
        async inspect(): Promise<Finding> {
            const cli = await findCli();
            if (cli !== undefined) return { state: "ready", version: cli.version, source: cli.source, detail: cli.path };
            if (await canDownload(cliVersion)) return { state: "missing", plan: `download ${cliVersion} from get.pulumi.com` };
            const go = await findGo();
            if (go === undefined) return { state: "failed", problem: noWay() };
            return { state: "missing", plan: `build ${cliVersion} from its Go modules with Go ${go} (about 5 minutes on 2 cores, 110 MB)` };
        },
        async ensure(report: Report): Promise<void> {
            if ((await findCli()) !== undefined) return;
            if (await canDownload(cliVersion)) return download(cliVersion, downloaded(), report);
            if ((await findGo()) === undefined) throw noWay();
            await goBuild({
                title: "Pulumi CLI",
                module: join(repository, "toolchain", "go", "pulumi"),
                packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
                // Without its version the CLI refuses plugins and the Automation API refuses the CLI.
                ldflags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${cliVersion}`,
                folder: built(),
                scratch: SCRATCH,
            }, report);
        },
    },
    {
        id: "pulumi-language-host",
        title: "Pulumi language host",
        async inspect(): Promise<Finding> {
            const cli = await findCli();
            if (cli?.official) return { state: "ready", version: cli.version, source: cli.source, detail: "official" };
            if (cli !== undefined && existsSync(binFolder(await describeStandIns()))) return { state: "ready", version: cliVersion, source: "built", detail: "stand-in of this repository" };
            return { state: "missing", plan: cli === undefined && (await canDownload(cliVersion)) ? "comes with the CLI" : "bundle this repository's stand-in (seconds)" };
        },
        async ensure(report: Report): Promise<void> {
            const cli = await findCli();
            if (cli === undefined) throw noWay();
            if (cli.official) return;
            report("bundling the stand-in language host");
            await joinWithCli(cli.path, await buildStandIns());
        },
    },
    ...plugins.map(pluginProvision),
];

/** The same for simulated clouds, to which the CLI is attached. */
export const simulationProvisions: readonly Provision[] = pulumiProvisions.filter(({ id }) => !id.startsWith("pulumi-plugin-"));

function pluginProvision(plugin: PluginPin): Provision {
    return {
        id: `pulumi-plugin-${plugin.name}`,
        title: `Pulumi plugin ${plugin.name}`,
        async inspect(): Promise<Finding> {
            const cli = await findCli();
            const home = cli === undefined ? homeFolder("pulumi") : await homeFor(cli);
            const installed = await installedPlugin(plugin, home);
            if (installed !== undefined && (await pluginReady(plugin, home))) return { state: "ready", version: plugin.version, source: installed === "official" ? "download" : "built", detail: installed === "official" ? "official" : plugin.own ? "of this repository" : "stand-in of this repository" };
            return { state: "missing", plan: plugin.own === undefined && (await canDownload(cliVersion)) ? `download ${plugin.version}` : "bundle this repository's stand-in (seconds)" };
        },
        async ensure(report: Report): Promise<void> {
            const cli = await findCli();
            if (cli === undefined) throw noWay();
            await installPlugin(plugin, cli, report);
        },
    };
}

async function findCli(): Promise<Cli | undefined> {
    const onPath = await which("pulumi");
    const candidates: [string, Source][] = [];
    if (onPath !== undefined) candidates.push([onPath, "path"]);
    candidates.push([join(downloaded(), "pulumi"), "download"], [join(built(), "pulumi"), "built"]);
    for (const [path, source] of candidates) {
        // Our own folder is on PATH in a shell that is set up for plain pulumi commands; that is no find.
        if (!existsSync(path) || realpathSync(path).startsWith(cacheFolder("pulumi", "bin-"))) continue;
        const official = await hasOfficialHost(path);
        if (!official && source !== "built") continue;
        const version = source === "path" ? (await tryRun(path, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } })).stdout.trim().replace(/^v/, "") : cliVersion;
        if (suitable(version)) return { path, version, source, official };
    }
    return undefined;
}

async function hasOfficialHost(cli: string): Promise<boolean> {
    const folder = dirname(realpathSync(cli));
    return existsSync(join(folder, "pulumi-language-nodejs")) && !existsSync(join(folder, "pulumi-language-nodejs.cjs"));
}

async function homeFor(cli: Cli): Promise<string> {
    if (!cli.official || simulating()) return homeFolder("pulumi");
    for (const plugin of plugins) if (plugin.own === undefined && (await installedPlugin(plugin, userHome())) !== "official" && !(await canDownload(cliVersion))) return homeFolder("pulumi");
    return userHome();
}

async function installPlugin(plugin: PluginPin, cli: Cli, report: Report): Promise<void> {
    const home = await homeFor(cli);
    if (await pluginReady(plugin, home)) return;
    const install = (...from: string[]): Promise<string> =>
        run(cli.path, ["plugin", "install", "resource", plugin.name, plugin.version, "--reinstall", ...from], { env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    if (plugin.own) {
        report("bundling it");
        await install("--file", join((await buildStandIns()).folder, `resource-${plugin.name}`));
    } else if (home !== userHome() && (await installedPlugin(plugin, userHome())) === "official") {
        report("taking over the official plugin");
        await install("--file", pluginFolder(plugin));
    } else if (await canDownload(cliVersion)) {
        report("downloading the official plugin");
        await install();
    } else {
        report("installing this repository's stand-in");
        await install("--file", join((await buildStandIns()).folder, `resource-${plugin.name}`));
    }
}

function pluginFolder(plugin: PluginPin, home = userHome()): string {
    return join(home, "plugins", `resource-${plugin.name}-v${plugin.version}`);
}

/** The user's own PULUMI_HOME, also in a shell that is set up for plain pulumi commands with ours. */
function userHome(): string {
    const named = process.env.PULUMI_HOME;
    return named === undefined || named === homeFolder("pulumi") ? join(homedir(), ".pulumi") : named;
}

async function installedPlugin(plugin: PluginPin, home: string): Promise<"official" | StandIns["hash"] | undefined> {
    const folder = pluginFolder(plugin, home);
    if (!existsSync(join(folder, `pulumi-resource-${plugin.name}`)) || existsSync(`${folder}.partial`)) return undefined;
    try {
        return (JSON.parse(await readFile(join(folder, MARKER), "utf8")) as { hash: string }).hash;
    } catch {
        return "official";
    }
}

/** A stand-in made from other sources than the present ones has to be replaced. */
async function pluginReady(plugin: PluginPin, home: string): Promise<boolean> {
    const installed = await installedPlugin(plugin, home);
    return installed === "official" || (installed !== undefined && installed === (await describeStandIns()).hash);
}

function noWay(): Problem {
    return new Problem("AP-PULUMI-NO-WAY", {
        what: `There is no way to get the Pulumi CLI ${cliVersion} on this machine`,
        why: "no suitable pulumi is on PATH, get.pulumi.com cannot be reached, and there is no Go (1.21 or newer) to build it with",
        fix: `install Pulumi ${cliVersion} (https://www.pulumi.com/docs/install), or a Go compiler (on Debian: apt-get install golang-go; or https://go.dev/dl), or allow https://get.pulumi.com`,
    });
}
