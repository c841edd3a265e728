/** Runs in a network of its own: starts squid, asks it for many places, prints what it said. */
import { spawn } from "node:child_process";
import { createServer, connect } from "node:net";
import { run } from "../../../../toolchain/core/run";
import { serveNames } from "./names";

const [configuration, vendor] = process.argv.slice(2) as [string, string];
const proxy = 3128;

const inside = ["10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "127.0.0.2", "0.0.0.0", "169.254.169.254", "169.254.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[fd00::1]", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"];
const names = ["api.vendor.example", "localhost", "metadata.google.internal", "metadata", "postgres.internal", "printer.local", "rebound.attacker.example", "metadata.attacker.example", "here.attacker.example"];

async function main(): Promise<void> {
    await run("ip", ["link", "set", "lo", "up"]);
    for (const address of [vendor, "10.1.2.3", "169.254.169.254"]) await run("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
    await serveNames({}, 53);
    // Whoever gets through, inside or outside, is greeted: a refusal is then the proxy's and not the network's.
    for (const port of [443, 22, 80, 5432]) await new Promise<void>((resolve) => createServer((socket) => socket.on("error", () => undefined).end("hello")).listen(port, "0.0.0.0", resolve));
    const squid = spawn("squid", ["-N", "-f", configuration], { stdio: "inherit" });
    for (let tries = 0; tries < 200; tries++) {
        if ((await ask("GET http://nowhere/")).length > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const asked = [
        ...[vendor, ...inside, ...names].map((host) => `CONNECT ${host}:443`),
        ...[22, 80, 5432].map((port) => `CONNECT ${vendor}:${port}`),
        `GET http://${vendor}/`, `POST http://${vendor}/`, "GET http://169.254.169.254/computeMetadata/v1/",
    ];
    const verdicts: Record<string, string> = { "GET http://nowhere/": "" };
    for (const line of asked) verdicts[line] = await ask(line);
    verdicts[`from 127.0.0.9: CONNECT ${vendor}:443`] = await ask(`CONNECT ${vendor}:443`, "127.0.0.9");
    squid.kill("SIGTERM");
    await new Promise((resolve) => squid.once("exit", resolve));
    process.stdout.write(JSON.stringify(verdicts), () => process.exit(0));
}

/** Status and, through a tunnel, the greeting behind it; empty when nobody listens. */
function ask(line: string, localAddress = "127.0.0.1"): Promise<string> {
    return new Promise((resolve) => {
        const socket = connect({ host: "127.0.0.1", port: proxy, localAddress });
        let text = "";
        const done = () => resolve(text === "" ? "" : `${/^HTTP\/1\.\d (\d+)/.exec(text)?.[1] ?? "?"}${text.includes("hello") ? " hello" : ""}`);
        socket.setTimeout(3_000, () => socket.destroy());
        socket.on("connect", () => socket.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`));
        socket.on("data", (part: Buffer) => {
            text += part.toString();
            if (/^HTTP\/1\.\d [345]/.test(text)) socket.end();
        });
        socket.on("error", () => undefined);
        socket.on("close", done);
    });
}

void main();
