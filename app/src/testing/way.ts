/** For tests: the only way from a process to its database, which can be blocked. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "../../../toolchain/core/port.js";

export class Way {
    private readonly sockets = new Set<Socket>();
    private server = createServer();

    /** @param url as `target` is reached by this way */
    private constructor(readonly url: string, private readonly target: URL) {}

    static async to(database: string): Promise<Way> {
        const url = new URL(database);
        const way = new Way(Object.assign(new URL(database), { port: String(await freePort()) }).href, url);
        await way.open();
        return way;
    }

    async open(): Promise<void> {
        this.server = createServer((from) => {
            const onward = connect(Number(this.target.port), this.target.hostname);
            for (const [one, other] of [[from, onward], [onward, from]] as const) {
                this.sockets.add(one);
                one.on("error", () => other.destroy()).on("close", () => this.sockets.delete(one)).pipe(other);
            }
        }).listen(Number(new URL(this.url).port), "127.0.0.1");
        await once(this.server, "listening");
    }

    async block(): Promise<void> {
        const closed = this.server.listening ? once(this.server, "close") : undefined;
        this.server.close();
        for (const socket of this.sockets) socket.destroy();
        await closed;
    }
}
