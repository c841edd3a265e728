/** Programs from their vendors, checked before they are used. */
import { chmod, rename, rm } from "node:fs/promises";
import { checksumOf, fetchFile, fetchText } from "../core/download";
import { Problem } from "../core/problem";

/**
 * Downloads an executable.
 * @param checksum SHA-256, or the address of a file that begins with it
 * @throws Problem when it cannot be had or is not what was published
 */
export async function downloadProgram(url: string, checksum: string, path: string): Promise<void> {
    const draft = `${path}.part`;
    try {
        const wanted = checksum.startsWith("https://") ? (await fetchText(checksum)).trim().split(/\s+/)[0] : checksum;
        await fetchFile(url, draft);
        const found = await checksumOf(draft, "sha256");
        if (!wanted || found !== wanted) throw new Error(`its checksum is ${found}, not ${wanted}`);
        await chmod(draft, 0o755);
        await rename(draft, path);
    } catch (error) {
        throw new Problem("AP-K8S-DOWNLOAD", {
            what: `${url} could not be downloaded`, why: error instanceof Error ? error.message : String(error),
            fix: "run the same command again; behind a proxy, set HTTPS_PROXY and have curl installed", cause: error,
        });
    } finally {
        await rm(draft, { force: true });
    }
}
