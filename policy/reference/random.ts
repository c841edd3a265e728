/** Random numbers that are the same on every machine, so that a failing case can be made again from its number. */
export class Random {
    private state: number;

    constructor(seed: number) {
        this.state = seed >>> 0;
    }

    /** At least 0, below 1. */
    next(): number {
        // mulberry32: short, fast, and even enough for choosing.
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let mixed = this.state;
        mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    }

    chance(probability: number): boolean {
        return this.next() < probability;
    }

    below(limit: number): number {
        return Math.floor(this.next() * limit);
    }

    pick<T>(options: readonly T[]): T {
        return options[this.below(options.length)]!;
    }
}
