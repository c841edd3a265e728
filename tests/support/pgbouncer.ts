/** A throw-away, real PgBouncer for tests: Debian 13's, which keeps prepared statements in transaction mode. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../toolchain/core/lock";
import { cacheFolder } from "../../toolchain/core/paths";
import { freePort } from "../../toolchain/core/port";
import { run } from "../../toolchain/core/run";
import { assemble } from "../../toolchain/images/debian";
import { debianRelease } from "../../toolchain/images/pins";

export interface TestPooler {
    /** The given address, with the pooler's host and port. */
    through(url: string): string;
    stop(): Promise<void>;
}

const account = { name: "pgbouncer", uid: 998, home: "/nonexistent" };

/**
 * Starts one before the database at `owner`, in transaction mode; it looks passwords up there, as CloudNativePG's does.
 * Needs Linux and root: it runs in a root filesystem of its own. The first call on a machine makes that.
 * @param owner address of a superuser
 * @param parameters settings of PgBouncer
 */
export async function startTestPgbouncer(owner: string, parameters: Readonly<Record<string, string>>): Promise<TestPooler> {
    const root = await unpacked();
    const { hostname, port: target, username, password } = new URL(owner);
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-pgbouncer-"));
    const settings = {
        listen_addr: "127.0.0.1", listen_port: String(port), unix_socket_dir: "", pool_mode: "transaction", auth_type: "scram-sha-256", auth_file: "/tmp/users.txt", auth_user: username,
        auth_query: "select usename, passwd from pg_shadow where usename = $1", ...parameters,
    };
    writeFileSync(join(folder, "pgbouncer.ini"), `[databases]\n* = host=${hostname} port=${target}\n\n[pgbouncer]\n${Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`).join("")}`);
    writeFileSync(join(folder, "users.txt"), `"${username}" "${password}"\n`, { mode: 0o600 });
    for (const path of [folder, join(folder, "pgbouncer.ini"), join(folder, "users.txt")]) chownSync(path, account.uid, account.uid);
    // Mounts of its own; each program of the chain becomes the next, so that a signal reaches PgBouncer itself.
    const script = 'mount --bind "$1" "$1" && mount --bind "$2" "$1/tmp" && mount --rbind /dev "$1/dev" && exec chroot --userspec="$3:$3" "$1" /usr/sbin/pgbouncer --quiet /tmp/pgbouncer.ini';
    const child = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", script, "sh", root, folder, String(account.uid)], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    process.once("exit", () => child.kill("SIGKILL"));
    const stop = async () => {
        if (child.exitCode === null && child.signalCode === null) {
            child.kill("SIGKILL");
            await once(child, "close");
        }
        rmSync(folder, { recursive: true, force: true });
    };
    for (let tries = 0; !(await answers(port)); tries++) {
        if (tries < 400 && child.exitCode === null) continue;
        await stop();
        throw new Error(`PgBouncer does not answer: ${said}`);
    }
    return {
        through: (url) => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href,
        stop,
    };
}

function answers(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
        socket.once("error", () => setTimeout(resolve, 25, false));
    });
}

/** The package and what it needs, unpacked. Complete or absent: it is made beside its place and renamed. */
async function unpacked(): Promise<string> {
    const place = cacheFolder("programs", `pgbouncer-${debianRelease}-${process.arch}`);
    mkdirSync(cacheFolder("programs"), { recursive: true });
    return withLock(`${place}.lock`, "unpacking PgBouncer", async () => {
        if (existsSync(place)) return place;
        const work = mkdtempSync(`${place}.`);
        try {
            await assemble({ packages: ["base-files", "netbase", "libc6", "pgbouncer"], account }, [], join(work, "root.tar"), join(work, "packages"), () => undefined);
            mkdirSync(join(work, "root"));
            await run("tar", ["-xpf", join(work, "root.tar"), "-C", join(work, "root"), "--numeric-owner"]);
            chmodSync(join(work, "root"), 0o755);
            renameSync(join(work, "root"), place);
        } finally {
            rmSync(work, { recursive: true, force: true });
        }
        return place;
    });
}
