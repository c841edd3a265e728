/** A container registry in memory, as much of it as a push needs; on a random port. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestRegistry {
    /** `HOST:PORT`. */
    address: string;
    blobs: Map<string, Buffer>;
    /** By `repository@digest` and `repository:tag`. */
    manifests: Map<string, { type: string; content: Buffer }>;
    stop(): Promise<void>;
}

/**
 * @param options.refuse answers every attempt to write with 403
 * @param options.host the address that it listens on, by default 127.0.0.1
 */
export async function startTestRegistry(options: { refuse?: boolean; host?: string } = {}): Promise<TestRegistry> {
    const blobs = new Map<string, Buffer>();
    const manifests: TestRegistry["manifests"] = new Map();
    const uploads = new Map<string, Buffer>();
    const digestOf = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

    const server: Server = createServer((request, response) => {
        void (async () => {
            const url = new URL(request.url!, "http://registry");
            const body = await read(request);
            const send = (status: number, headers: Record<string, string> = {}, content: Buffer | string = "") =>
                response.writeHead(status, { "docker-distribution-api-version": "registry/2.0", ...headers }).end(request.method === "HEAD" ? undefined : content);
            if (url.pathname === "/v2/") return send(200);
            const [, repository, kind, rest] = /^\/v2\/(.+?)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
            if (!repository || rest === undefined) return send(404);
            if (options.refuse && request.method !== "GET" && request.method !== "HEAD") return send(403, { "content-type": "application/json" }, '{"errors":[{"code":"DENIED","message":"you may not write here"}]}');
            if (kind === "manifests") {
                if (request.method === "PUT") {
                    const stored = { type: request.headers["content-type"] ?? "", content: body };
                    for (const name of [`${repository}:${rest}`, `${repository}@${digestOf(body)}`]) manifests.set(name, stored);
                    return send(201, { location: url.pathname, "docker-content-digest": digestOf(body) });
                }
                const found = manifests.get(`${repository}${rest.startsWith("sha256:") ? "@" : ":"}${rest}`);
                return found ? send(200, { "content-type": found.type, "docker-content-digest": digestOf(found.content), "content-length": String(found.content.length) }, found.content) : send(404);
            }
            if (rest.startsWith("uploads")) {
                if (request.method === "POST") {
                    const id = String(uploads.size + 1);
                    uploads.set(id, Buffer.alloc(0));
                    return send(202, { location: `/v2/${repository}/blobs/uploads/${id}`, "docker-upload-uuid": id, range: "0-0" });
                }
                const id = rest.split("/")[1]!;
                const content = Buffer.concat([uploads.get(id) ?? Buffer.alloc(0), body]);
                uploads.set(id, content);
                if (request.method === "PATCH") return send(202, { location: url.pathname, range: `0-${content.length - 1}` });
                const digest = url.searchParams.get("digest")!;
                if (digestOf(content) !== digest) return send(400);
                blobs.set(digest, content);
                return send(201, { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
            }
            const blob = blobs.get(rest);
            return blob ? send(200, { "content-length": String(blob.length), "docker-content-digest": rest }, blob) : send(404);
        })().catch((error: unknown) => response.destroy(error as Error));
    });
    const host = options.host ?? "127.0.0.1";
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return {
        address: `${host}:${(server.address() as AddressInfo).port}`,
        blobs,
        manifests,
        stop: () =>
            new Promise((resolve) => {
                server.closeAllConnections();
                server.close(() => resolve());
            }),
    };
}

async function read(request: IncomingMessage): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    return Buffer.concat(parts);
}
