/** OCI image archives: written so that equal content gives equal bytes, with layers as plain tar (quick to make and to import). */
import { closeSync, existsSync, linkSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../core/run";
import { sha256, sha256File } from "./contentKey";

/** An image archive in the cache. */
export interface ImageArchive {
    /** The name inside it, with a tag: `localhost/agent-platform/app:0123abcd…`. */
    name: string;
    /** Digest of the image manifest: `sha256:…`. */
    digest: string;
    /** The archive file: an OCI image layout in a tar, as `ctr images import`, `kind load image-archive` and `docker load` read it. */
    archive: string;
    /** Bytes of all layers, uncompressed. */
    size: number;
}

interface Descriptor {
    mediaType: string;
    digest: string;
    size: number;
    annotations?: Record<string, string>;
    platform?: { os: string; architecture: string };
}

interface Manifest {
    schemaVersion: 2;
    mediaType: string;
    config: Descriptor;
    layers: Descriptor[];
    annotations?: Record<string, string>;
}

const types = {
    index: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar",
};

/** Packs a folder as buildah writes it for its `dir:` transport: manifest.json beside files that are named by their hash. */
export async function packDirectory(folder: string, name: string, archive: string): Promise<ImageArchive> {
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Manifest;
    const blobs = [manifest.config, ...manifest.layers].map(({ digest }) => ({ digest, file: join(folder, digest.slice("sha256:".length)) }));
    return pack(manifest, blobs, name, archive);
}

/** Packs what `docker save` wrote, unpacked: `manifest.json` names the configuration and the layers. */
export async function packDockerSave(folder: string, name: string, archive: string): Promise<ImageArchive> {
    const [saved] = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as [{ Config: string; Layers: string[] }];
    const describe = async (path: string, mediaType: string) => {
        const file = join(folder, path);
        return { file, descriptor: { mediaType, digest: `sha256:${await sha256File(file)}`, size: statSync(file).size } };
    };
    const config = await describe(saved.Config, types.config);
    const layers = [];
    for (const path of saved.Layers) layers.push(await describe(path, isGzip(join(folder, path)) ? `${types.layer}+gzip` : types.layer));
    const manifest: Manifest = { schemaVersion: 2, mediaType: types.manifest, config: config.descriptor, layers: layers.map((layer) => layer.descriptor) };
    return pack(manifest, [config, ...layers].map(({ file, descriptor }) => ({ file, digest: descriptor.digest })), name, archive);
}

/** Packs an image of one layer, for programs that need nothing around them. `layer` is a tar archive. */
export async function packLayer(layer: Buffer, config: { entrypoint: readonly string[]; user: string; architecture: string }, name: string, archive: string): Promise<ImageArchive> {
    const folder = mkdtempSync(`${archive}.`);
    try {
        const write = (content: Buffer | string, mediaType: string): Descriptor & { file: string } => {
            const hash = sha256(content);
            const file = join(folder, hash);
            writeFileSync(file, content);
            return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(content), file };
        };
        const layerBlob = write(layer, types.layer);
        const image = {
            created: "1970-01-01T00:00:00Z",
            architecture: config.architecture,
            os: "linux",
            config: { Entrypoint: config.entrypoint, User: config.user, WorkingDir: "/" },
            rootfs: { type: "layers", diff_ids: [layerBlob.digest] },
            history: [{ created: "1970-01-01T00:00:00Z", created_by: "agent-platform" }],
        };
        const configBlob = write(JSON.stringify(image), types.config);
        const bare = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });
        const manifest: Manifest = { schemaVersion: 2, mediaType: types.manifest, config: bare(configBlob), layers: [bare(layerBlob)] };
        return await pack(manifest, [configBlob, layerBlob], name, archive);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Lays the blobs out and archives them beside `archive`, which then appears complete or not at all. */
async function pack(manifest: Manifest, blobs: readonly { digest: string; file: string }[], name: string, archive: string): Promise<ImageArchive> {
    mkdirSync(dirname(archive), { recursive: true });
    const layout = mkdtempSync(`${archive}.layout-`);
    const draft = `${layout}.tar`;
    try {
        const folder = join(layout, "blobs", "sha256");
        mkdirSync(folder, { recursive: true });
        for (const blob of blobs) {
            const place = join(folder, blob.digest.slice("sha256:".length));
            if (!existsSync(place)) linkOrCopy(blob.file, place);
        }
        const text = JSON.stringify(manifest);
        const digest = `sha256:${sha256(text)}`;
        writeFileSync(join(folder, sha256(text)), text);
        const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name };
        const index = { schemaVersion: 2, mediaType: types.index, manifests: [{ mediaType: types.manifest, digest, size: Buffer.byteLength(text), annotations }] };
        writeFileSync(join(layout, "index.json"), JSON.stringify(index));
        writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
        // docker load of engines that do not read image layouts looks for this one.
        const path = (descriptor: Descriptor) => `blobs/sha256/${descriptor.digest.slice("sha256:".length)}`;
        writeFileSync(join(layout, "manifest.json"), JSON.stringify([{ Config: path(manifest.config), RepoTags: [name], Layers: manifest.layers.map(path) }]));
        await run("tar", ["-cf", draft, "-C", layout, "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", "--hard-dereference", "."]);
        renameSync(draft, archive);
        return { name, digest, archive, size: manifest.layers.reduce((sum, layer) => sum + layer.size, 0) };
    } finally {
        rmSync(layout, { recursive: true, force: true });
        rmSync(draft, { force: true });
    }
}

function linkOrCopy(from: string, to: string): void {
    try {
        linkSync(from, to);
    } catch {
        writeFileSync(to, readFileSync(from));
    }
}

function isGzip(path: string): boolean {
    const file = openSync(path, "r");
    try {
        const head = Buffer.alloc(2);
        return readSync(file, head, 0, 2, 0) === 2 && head[0] === 0x1f && head[1] === 0x8b;
    } finally {
        closeSync(file);
    }
}
