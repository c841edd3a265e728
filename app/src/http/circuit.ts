/** Leaves a service that fails again and again alone for a while, so that nobody waits for it in vain. */

export interface CircuitOptions {
    /** Failures in a row after which it is left alone. @default 3 */
    opensAfter?: number;
    /** For so long, in milliseconds; then one request tries it again. @default 60000 */
    openMs?: number;
}

export class Circuit {
    private failures = 0;
    private openUntil = 0;
    private readonly opensAfter: number;
    private readonly openMs: number;

    constructor({ opensAfter = 3, openMs = 60_000 }: CircuitOptions = {}) {
        this.opensAfter = opensAfter;
        this.openMs = openMs;
    }

    /** Whether it may be asked now. Who is told yes says afterwards how it went. */
    enter(): boolean {
        if (this.openUntil > Date.now()) return false;
        // While one tries whether it works again, the others go on without it.
        if (this.failures >= this.opensAfter) this.openUntil = Date.now() + this.openMs;
        return true;
    }

    succeeded(): void {
        this.failures = 0;
        this.openUntil = 0;
    }

    failed(): void {
        if (++this.failures >= this.opensAfter) this.openUntil = Date.now() + this.openMs;
    }
}
