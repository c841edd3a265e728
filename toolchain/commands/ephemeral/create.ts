/** `npm run ephemeral -- create|extend|open`: a whole deployment of its own, for a while. */
import pc from "picocolors";
import { freePort } from "../../core/port";
import { runPlan } from "../../core/steps";
import { apiServerCidr } from "../../kubernetes";
import { findLocalPort } from "../../local-port";
import { Workspace } from "../../pulumi";
import { deploy, prepare, reach, type Reached } from "../bringUp";
import { readOptions } from "../options";
import { elapsed, session } from "../session";
import { signInLines } from "../signIn";
import { ephemeralStack, expiryIn, hasFile, readTtl, stackOf, untilEnd, writeStack, type EphemeralStack } from "./stacks";
import { loadSynthetic } from "./synthetic";
import { readTailnet, requireClient, tailnetOptions } from "./tailnet";

/** How long one lives when nobody says otherwise: a working day. */
const usual = "8h";

/** Makes it, or brings one further that was interrupted on its way; its end and its tailnet stay then, unless others are given. */
export async function create(name: string | undefined, args: readonly string[]): Promise<number> {
    const options = readOptions(args, { ttl: { type: "string" }, port: { type: "string" }, data: { type: "string", default: "synthetic" }, ...tailnetOptions });
    const known = hasFile(stackOf(name)) ? ephemeralStack(name) : undefined;
    const [ttl, tailnet] = [readTtl(options.ttl ?? usual), readTailnet(options)];
    requireClient({ tailnet: tailnet === undefined ? known?.tailnet : { domain: tailnet.domain, address: "", hasClient: known?.tailnet?.hasClient === true } });
    const expires = known !== undefined && options.ttl === undefined ? known.ephemeral.expires : expiryIn(ttl);
    const stack = writeStack(name!, expires, { apiServerCidr: await apiServerCidr(), tailnet });
    return session("ephemeral-create", stack.name, async () => {
        const reached = await bring(stack, options.port);
        if (options.data === "synthetic") await runPlan([{ title: "Synthetic data", run: report => loadSynthetic(reached, report) }]);
        welcome(stack, reached);
        return 0;
    });
}

/** Gives it another end, counted from now. */
export async function extend(name: string | undefined, args: readonly string[]): Promise<number> {
    const { ttl } = readOptions(args, { ttl: { type: "string", default: usual } });
    const length = readTtl(ttl);
    requireClient(ephemeralStack(name));
    const stack = writeStack(name!, expiryIn(length), { apiServerCidr: await apiServerCidr() });
    return session("ephemeral-extend", stack.name, async () => {
        await bring(stack);
        process.stdout.write(`\n${pc.green("✔")} ${stack.tailnet === undefined ? "" : `${stack.tailnet.address} · `}${stack.ephemeral.name} ends in ${untilEnd(stack.ephemeral.expires)}, at ${stack.ephemeral.expires}\n`);
        return 0;
    });
}

/** Opens its local port again, for example after a restart of the machine, and tells the sign-ins. */
export async function open(name: string | undefined, args: readonly string[]): Promise<number> {
    const { port } = readOptions(args, { port: { type: "string" } });
    const stack = ephemeralStack(name);
    const workspace = await Workspace.open(stack.name);
    welcome(stack, await reach(workspace, stack, await portOf(stack, port)));
    return 0;
}

async function bring(stack: EphemeralStack, wanted?: string): Promise<Reached> {
    const port = await portOf(stack, wanted);
    const prepared = await prepare(stack, port, false);
    if (prepared.preview.changed > 0) await deploy(prepared, stack);
    return reach(prepared.workspace, stack, port);
}

async function portOf(stack: EphemeralStack, wanted: string | undefined): Promise<number> {
    return wanted === undefined ? (findLocalPort(stack.name)?.port ?? freePort()) : Number(wanted);
}

function welcome({ ephemeral, tailnet }: EphemeralStack, { url, signIn }: Reached): void {
    process.stdout.write(`
${pc.green("✔")} ${pc.bold(url ?? "deployed")} · ${elapsed()} · ends in ${untilEnd(ephemeral.expires)}
${tailnet === undefined ? "" : `  ${pc.bold(tailnet.address)} in the tailnet\n`}
${signInLines(signIn)}
  npm run ephemeral -- extend ${ephemeral.name} --ttl 1d
  npm run ephemeral -- destroy ${ephemeral.name}

`);
}
