/** Kubernetes quantities as numbers and back: CPU in thousandths of a core, memory in bytes. */

const memoryUnits: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** `250m` → 250, `1` → 1000, `0.5` → 500; undefined when it is no CPU quantity. */
export function parseCpu(text: string): number | undefined {
    const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text);
    if (match === null) return undefined;
    return match[2] === "m" ? Number(match[1]) : Number(match[1]) * 1000;
}

/** `512Mi` → 536870912; undefined when it is no memory or storage quantity. */
export function parseMemory(text: string): number | undefined {
    const match = /^(\d+(?:\.\d+)?)(|k|M|G|T|Ki|Mi|Gi|Ti)$/.exec(text);
    if (match === null) return undefined;
    return Number(match[1]) * memoryUnits[match[2]!]!;
}

/** Thousandths of a core as Kubernetes writes them. */
export function formatCpu(thousandths: number): string {
    return `${Math.max(1, Math.round(thousandths))}m`;
}

/** Bytes in the largest binary unit that keeps them whole, at least one mebibyte. */
export function formatMemory(bytes: number): string {
    const mebibytes = Math.max(1, Math.round(bytes / 2 ** 20));
    return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
