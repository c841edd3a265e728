/** The parts of an image reference: `host/path:tag@algorithm:digest`. */
export interface ImageReference {
    /** The registry, `docker.io` when the reference names none. */
    readonly registry: string;
    readonly repository: string;
    readonly tag?: string;
    /** True if it names a complete digest. */
    readonly pinned: boolean;
}

// The grammar of the distribution project: components of a path, a tag, and digests of the registered algorithms.
const pattern = /^(?<name>[a-z0-9A-Z][^@\s:]*(?::\d+(?=\/)[^@\s:]*)?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[^@\s]+))?$/;
const digestPattern = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Takes a reference apart; nothing if it is none, an incomplete digest included. */
export function parseImage(text: string): ImageReference | undefined {
    if (text.length > 4096) return undefined;
    const groups = pattern.exec(text)?.groups;
    if (!groups?.name) return undefined;
    if (groups.digest !== undefined && !digestPattern.test(groups.digest)) return undefined;
    const slash = groups.name.indexOf("/");
    const first = slash < 0 ? "" : groups.name.slice(0, slash);
    // As every runtime does: the first part is a host only if it looks like one.
    const isHost = first.includes(".") || first.includes(":") || first === "localhost";
    return {
        registry: isHost ? first : "docker.io",
        repository: isHost ? groups.name.slice(slash + 1) : groups.name,
        ...(groups.tag !== undefined && { tag: groups.tag }),
        pinned: groups.digest !== undefined,
    };
}
