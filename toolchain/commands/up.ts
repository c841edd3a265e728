/** `npm run up`: from whatever is there to a deployment that answers. Safe to end at any moment and to run again. */
import pc from "picocolors";
import { Problem } from "../core/problem";
import { defaultPort, findLocalPort } from "../local-port";
import { deploy, prepare, reach } from "./bringUp";
import { showChanges } from "./changes";
import { readOptions } from "./options";
import { confirm, hasTerminal } from "./question";
import { elapsed, session } from "./session";
import { signInLines } from "./signIn";
import { simulated } from "./simulate";
import { keepInStack, readStack } from "./stack";

export async function up(args: readonly string[]): Promise<number> {
    if (args.includes("--simulate")) return simulated("up", args);
    const options = readOptions(args, {
        stack: { type: "string", default: "dev" },
        context: { type: "string" },
        registry: { type: "string" },
        port: { type: "string" },
        yes: { type: "boolean", default: false },
        refresh: { type: "boolean", default: false },
    });
    keepInStack(options.stack, { context: options.context, registry: options.registry });
    const stack = readStack(options.stack);
    if (stack.name !== "dev" && !options.yes && !hasTerminal()) {
        throw new Problem("AP-CONFIRM", { what: `stack ${stack.name} is not changed without a yes`, why: "there is no terminal to ask at, and it may be in use by others", fix: `npm run up -- --stack ${stack.name} --yes` });
    }
    const port = stack.name === "dev" ? readPort(options.port) : undefined;
    return session("up", stack.name, async () => {
        const prepared = await prepare(stack, port, options.refresh);
        const { preview } = prepared;
        if (preview.changed === 0) {
            process.stdout.write(`\n${pc.green("✔")} nothing to change\n`);
        } else {
            showChanges(preview);
            process.stdout.write("\n");
            if (!options.yes && hasTerminal() && !(await confirm(`Apply these ${preview.changed} changes to stack ${stack.name}?`, stack.name === "dev" && stack.local))) {
                process.stdout.write("nothing was changed\n");
                return 1;
            }
            await deploy(prepared, stack);
        }
        const { url, signIn } = await reach(prepared.workspace, stack, port);
        process.stdout.write(`
${pc.green("✔")} ${pc.bold(url ?? "deployed")} · ${elapsed()}

${signInLines(signIn)}
Three things to try
  1  upload a PDF and watch it being processed, then ask about it
  2  ask: where is my order ORD-1001?
  3  ask for a refund of it, then approve it as admin

`);
        return 0;
    });
}

function readPort(text: string | undefined): number {
    const port = Number(text ?? findLocalPort("dev")?.port ?? defaultPort);
    if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
    throw new Problem("AP-USAGE", { what: `${text} is no port`, why: "a port is a number from 1 to 65535", fix: "npm run up -- --port 8081" });
}
