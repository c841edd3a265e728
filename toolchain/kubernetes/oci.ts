/** Images made of files at hand: OCI layouts in a tar archive, the same bytes for the same content. */
import { createHash } from "node:crypto";

export interface ImageFile {
    path: string;
    content: Uint8Array;
    mode: number;
}

export interface ImageSpec {
    name: string;
    files: ImageFile[];
    entrypoint: string[];
    user: string;
}

export interface BuiltImage {
    /** The archive to import. */
    archive: Buffer;
    /** `name@sha256:…`, as a pod names it. */
    reference: string;
    digest: string;
}

/** Pure: one layer, one manifest, one archive. */
export function buildImage(spec: ImageSpec, architecture: string): BuiltImage {
    const layer = tar(spec.files);
    const config = json({
        architecture, os: "linux",
        config: { User: spec.user, Entrypoint: spec.entrypoint, WorkingDir: "/" },
        rootfs: { type: "layers", diff_ids: [sha256(layer)] },
        history: [{ created_by: "agent-platform", comment: spec.name }],
    });
    const manifest = json({
        schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: sha256(config), size: config.length },
        layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: sha256(layer), size: layer.length }],
    });
    const digest = sha256(manifest);
    const index = json({
        schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [{ mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: manifest.length, annotations: { "io.containerd.image.name": spec.name, "org.opencontainers.image.ref.name": "latest" } }],
    });
    const blob = (content: Buffer): ImageFile => ({ path: `blobs/sha256/${sha256(content).slice("sha256:".length)}`, content, mode: 0o644 });
    const archive = tar([{ path: "oci-layout", content: json({ imageLayoutVersion: "1.0.0" }), mode: 0o644 }, { path: "index.json", content: index, mode: 0o644 }, blob(manifest), blob(config), blob(layer)]);
    return { archive, digest, reference: `${spec.name.replace(/:[^:/]*$/, "")}@${digest}` };
}

/** A POSIX archive of plain files owned by root, without times. */
export function tar(files: readonly ImageFile[]): Buffer {
    const parts = files.flatMap(({ path, content, mode }) => [header(path, content.length, mode), Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
    return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function header(path: string, size: number, mode: number): Buffer {
    if (Buffer.byteLength(path) > 100) throw new Error(`too long for an archive: ${path}`);
    const block = Buffer.alloc(512);
    const octal = (value: number, at: number, length: number) => block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at);
    block.write(path, 0);
    octal(mode, 100, 8);
    octal(0, 108, 8);
    octal(0, 116, 8);
    octal(size, 124, 12);
    octal(0, 136, 12);
    block.write("        ", 148);
    block.write("0", 156);
    block.write("ustar\x0000", 257);
    octal(block.reduce((sum, byte) => sum + byte, 0), 148, 7);
    return block;
}

function json(value: unknown): Buffer {
    return Buffer.from(JSON.stringify(value));
}

function sha256(content: Uint8Array): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
