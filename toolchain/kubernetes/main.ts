/** The local Kubernetes by itself: `npx tsx toolchain/kubernetes/main.ts start|stop [--keep-data]|status`. */
import { describeProblem, Problem } from "../core/problem";
import { clusterStatus, startCluster, stopCluster } from "./index";

async function main([command, ...options]: string[]): Promise<number> {
    const report = (line: string) => void process.stderr.write(`… ${line}\n`);
    if (command === "start") process.stdout.write(`${JSON.stringify(await startCluster(report), undefined, 2)}\n`);
    else if (command === "stop") await stopCluster({ keepData: options.includes("--keep-data") }, report);
    else if (command === "status") process.stdout.write(`${JSON.stringify(await clusterStatus(), undefined, 2)}\n`);
    else {
        process.stderr.write("usage: main.ts start | stop [--keep-data] | status\n");
        return 2;
    }
    return 0;
}

main(process.argv.slice(2)).then(code => { process.exitCode = code; }, (error: unknown) => {
    process.stderr.write(`${error instanceof Problem ? describeProblem(error) : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
});
