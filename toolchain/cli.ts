/** Reads the command line and runs one command. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
import pc from "picocolors";
import { commands } from "./commands";
import { logFile, log } from "./core/log";
import { describeProblem, toProblem } from "./core/problem";

async function main(argv: readonly string[]): Promise<number> {
    const [name = "help", ...rest] = argv;
    const command = commands.find(candidate => candidate.name === name);
    if (command === undefined || name === "help" || name === "--help") {
        process.stdout.write(overview());
        if (command === undefined && name !== "help" && name !== "--help") {
            process.stderr.write(`\nthere is no command ${JSON.stringify(name)}\n`);
            return 2;
        }
        return 0;
    }
    if (rest.includes("--help") || rest.includes("-h")) {
        process.stdout.write(`${command.usage}\n`);
        return 0;
    }
    const load = await command.load();
    return load(rest);
}

function overview(): string {
    const width = Math.max(...commands.map(command => command.name.length));
    const lines = commands.map(command => `  npm run ${command.name.padEnd(width)}  ${command.summary}`);
    return `agent-platform\n\n${lines.join("\n")}\n\nnpm run COMMAND -- --help tells the options of one.\n`;
}

// While pulumi runs it is asked to finish what it has begun, and the command ends by itself; anything else is safe to leave.
process.on("SIGINT", () => {
    if (process.listenerCount("SIGINT") > 1) return;
    process.stderr.write("\ninterrupted; finished steps are kept, run the same command again to go on\n");
    process.exit(130);
});

main(process.argv.slice(2)).then(
    code => exit(code),
    (error: unknown) => {
        log(error instanceof Error ? (error.stack ?? error.message) : String(error));
        const problem = toProblem(error);
        process.stderr.write(`\n${pc.red("✗")} ${describeProblem(problem)}\n`);
        if (logFile() !== undefined) process.stderr.write(`  log  ${logFile()}\n`);
        exit(problem.code === "AP-INTERRUPTED" ? 130 : problem.code === "AP-USAGE" ? 2 : 1);
    },
);

/** Once everything is printed: a pipe takes a long text in pieces, and its reader, such as `head`, may have gone. */
function exit(code: number): void {
    const streams = [process.stdout, process.stderr];
    let open = streams.length;
    const done = (): void => {
        if (--open === 0) process.exit(code);
    };
    for (const stream of streams) {
        stream.on("error", () => undefined);
        stream.write("", done);
    }
}
