/** The type check of a package, which remembers what it has seen. */
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder, repository } from "../core/paths";

/** Arguments for Node that check the types of `project`, the path of a tsconfig: by the native compiler, which has no API but takes a seventh of the time. */
export function typeCheck(project: string): string[] {
    return [join(repository, "node_modules", "typescript-native", "bin", "tsc"), "--noEmit", "-p", project, "--incremental", "--tsBuildInfoFile", memory(project)];
}

/** Takes what an earlier check remembers, also one of another checkout: it holds for each file by its content. */
export function remembered(project: string): void {
    tryCopy(kept(project), memory(project));
}

/** Keeps it for the next checkout. */
export function remember(project: string): void {
    tryCopy(memory(project), kept(project));
}

/** Inside the checkout, because the compiler notes files by their way from here. */
const memory = (project: string): string => join(repository, ".agent-platform", "types", nameOf(project));
const kept = (project: string): string => cacheFolder("types", nameOf(project));
const nameOf = (project: string): string => `${project.replaceAll("/", "-")}.buildinfo`;

/** What cannot be copied costs time, never truth. */
function tryCopy(from: string, to: string): void {
    const draft = `${to}.${process.pid}`;
    try {
        mkdirSync(dirname(to), { recursive: true });
        copyFileSync(from, draft);
        renameSync(draft, to);
    } catch {
        return;
    }
}
