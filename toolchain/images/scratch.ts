/** Images that hold a static program and nothing else, made without any image builder. */
import { existsSync, readFileSync, writeFileSync, renameSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../core/paths";
import { contentKey, sha256 } from "./contentKey";
import { packLayer, type ImageArchive } from "./oci";

/** Path inside the image, without the leading `/`, to the file on this machine or its content. Files are executable when `executable`. */
export interface ScratchFile {
    path: string;
    from: string | Buffer;
    executable?: boolean;
}

/**
 * An image `localhost/agent-platform/NAME` of `files`; does nothing when the very same one is in the cache.
 * @param options.user numeric `uid:gid`, default 65532:65532
 */
export async function scratchImage(name: string, files: readonly ScratchFile[], entrypoint: readonly string[], options: { user?: string } = {}): Promise<ImageArchive> {
    const user = options.user ?? "65532:65532";
    const contents = files.map((file) => ({ ...file, content: typeof file.from === "string" ? readFileSync(file.from) : file.from }));
    const entries = contents.map((file) => ({ path: file.path, sha256: sha256(file.content), executable: file.executable ?? false }));
    const key = contentKey(entries, { name, user, entrypoint: JSON.stringify(entrypoint), arch: process.arch, format: "1" });
    const folder = cacheFolder("images", "archives");
    const archive = join(folder, `${name}-${key.slice(0, 16)}.tar`);
    const record = `${archive}.json`;
    if (existsSync(record) && existsSync(archive)) return { ...(JSON.parse(readFileSync(record, "utf8")) as Omit<ImageArchive, "archive">), archive };
    mkdirSync(folder, { recursive: true });
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    const image = await packLayer(tar(contents), { entrypoint, user, architecture }, `localhost/agent-platform/${name}:${key.slice(0, 16)}`, archive);
    writeFileSync(`${record}.${process.pid}`, JSON.stringify({ name: image.name, digest: image.digest, size: image.size }));
    renameSync(`${record}.${process.pid}`, record);
    return image;
}

/** A tar archive in which everything belongs to root and has time zero; parent folders are added. */
export function tar(files: readonly { path: string; content: Buffer; executable?: boolean }[]): Buffer {
    const folders = new Set<string>();
    for (const { path } of files) for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) folders.add(path.slice(0, at + 1));
    const parts: Buffer[] = [];
    for (const folder of [...folders].sort()) parts.push(header(folder, 0, 0o755, "5"));
    for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
        parts.push(header(file.path, file.content.length, file.executable ? 0o755 : 0o644, "0"), file.content, Buffer.alloc((512 - (file.content.length % 512)) % 512));
    }
    return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** One ustar header. */
function header(path: string, size: number, mode: number, type: string): Buffer {
    if (Buffer.byteLength(path) > 99 || path.startsWith("/") || path.split("/").includes("..")) throw new Error(`not a path for a small image: ${path}`);
    const block = Buffer.alloc(512);
    const octal = (value: number, offset: number, length: number) => block.write(value.toString(8).padStart(length - 1, "0"), offset, "ascii");
    block.write(path, 0);
    octal(mode, 100, 8);
    octal(0, 108, 8);
    octal(0, 116, 8);
    octal(size, 124, 12);
    octal(0, 136, 12);
    block.write(" ".repeat(8), 148);
    block.write(type, 156);
    block.write("ustar\u000000", 257, "ascii");
    octal(block.reduce((sum, byte) => sum + byte, 0), 148, 7);
    return block;
}
