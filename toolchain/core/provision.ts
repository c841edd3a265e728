/**
 * A thing that `up` needs. `doctor` and `up` share `inspect`, so that they can never disagree;
 * only `up` calls `ensure`.
 */
export interface Provision {
    /** Stable identifier, e.g. `pulumi-cli`. */
    readonly id: string;
    /** A person's name for it, e.g. "Pulumi CLI". */
    readonly title: string;
    /** Looks without changing anything. Never throws for a thing that is merely missing. */
    inspect(): Promise<Finding>;
    /**
     * Makes it ready; does nothing when it is. Safe to kill at any moment and to run twice at once.
     * @throws Problem when it cannot be done here
     */
    ensure(report: Report): Promise<void>;
}

export type Finding =
    | { state: "ready"; version?: string; source?: Source; detail?: string }
    | { state: "missing"; plan: string }
    | { state: "failed"; problem: import("./problem").Problem };

/** Where a tool comes from, in order of preference (docs/toolchain.md). */
export type Source = "path" | "download" | "built" | "debian" | "npm";

/** How a long step tells its progress: one short line that replaces the one before. */
export type Report = (line: string) => void;

/** Ensures one after the other what is not ready. @returns how many there were to make */
export async function ensureAll(provisions: readonly Provision[], report: Report): Promise<number> {
    let made = 0;
    for (const provision of provisions) {
        if ((await provision.inspect()).state === "ready") continue;
        made++;
        await provision.ensure(line => report(`${provision.title}: ${line}`));
    }
    return made;
}
