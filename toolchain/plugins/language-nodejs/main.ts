/** The process `pulumi-language-nodejs`: stands in for the official language host where that cannot be had. */
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { version } from "@pulumi/pulumi/package.json";
import { bind, createServer } from "../sdk/server";
import { watchParent } from "../sdk/watchdog";
import { Children } from "./children";
import { languageHost } from "./host";

async function main(): Promise<void> {
    const engine = process.argv.slice(2).filter((argument) => !argument.startsWith("-")).pop() ?? "";
    const children = new Children();
    process.on("exit", () => children.killAll());
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
    const server = createServer();
    server.addService(LanguageRuntimeService, languageHost(version, engine, children));
    const port = await bind(server);
    watchParent();
    process.stdout.write(`${port}\n`);
}

main().catch((error: unknown) => {
    process.stderr.write(`pulumi-language-nodejs: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
});
