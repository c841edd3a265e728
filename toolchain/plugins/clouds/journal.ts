/**
 * What the simulated clouds of one stack remember: an append-only file, so that a process which is killed at any moment
 * leaves either all of a change or nothing of it. Several plugin processes share it under a lock.
 */
import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, renameSync, statSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { withLock } from "../../core/lock";
import type { Props } from "../sdk/values";

/** Milliseconds between two looks at a lock that another process holds; it holds it for less than one. */
const PAUSE = 5;
/** A file with less in it is not worth being written anew. */
const COMPACT_FROM = 2_000;

export interface View {
    get(key: string): Props | undefined;
    /** Keys and values whose key begins with `prefix`. */
    list(prefix: string): [string, Props][];
}

export interface Change extends View {
    put(key: string, value: Props): void;
    remove(key: string): void;
}

type Entry = [key: string, value: Props | null];

export class Journal {
    private readonly entries = new Map<string, Props>();
    private offset = 0;
    private inode = 0;
    private lines = 0;

    constructor(readonly path: string) {}

    /** What is there now, as the other processes have left it. */
    read<T>(work: (view: View) => T): T {
        this.catchUp();
        return work(this.view());
    }

    /** Runs `work` while no other process changes anything; what it puts and removes is written at once, or not at all if it throws. */
    async change<T>(work: (change: Change) => T): Promise<T> {
        return withLock(`${this.path}.lock`, "changing the simulated clouds", async () => {
            this.catchUp();
            const drafts = new Map<string, Props | null>();
            const view = this.view(drafts);
            const result = work({ ...view, put: (key, value) => void drafts.set(key, value), remove: (key) => void drafts.set(key, null) });
            if (drafts.size > 0) this.append([...drafts]);
            return result;
        }, undefined, PAUSE);
    }

    private view(drafts: ReadonlyMap<string, Props | null> = new Map()): View {
        const get = (key: string) => (drafts.has(key) ? drafts.get(key) ?? undefined : this.entries.get(key));
        return {
            get,
            list: (prefix) => [...new Set([...this.entries.keys(), ...drafts.keys()])].flatMap((key): [string, Props][] => {
                const value = key.startsWith(prefix) ? get(key) : undefined;
                return value === undefined ? [] : [[key, value]];
            }),
        };
    }

    /** Reads what has been added since the last look; everything, when another process has written the file anew. */
    private catchUp(): void {
        if (!existsSync(this.path)) {
            this.forget();
            return;
        }
        const file = openSync(this.path, "r");
        try {
            const { ino, size } = fstatSync(file);
            if (ino !== this.inode || size < this.offset) this.forget();
            this.inode = ino;
            if (size === this.offset) return;
            const buffer = Buffer.alloc(size - this.offset);
            readSync(file, buffer, 0, buffer.length, this.offset);
            // What comes after the last line break was being written when its writer was killed: it never happened.
            const whole = buffer.subarray(0, buffer.lastIndexOf(10) + 1);
            for (const line of whole.toString("utf8").split("\n")) if (line !== "") this.apply(JSON.parse(line) as Entry[]);
            this.offset += whole.length;
        } finally {
            closeSync(file);
        }
    }

    private append(entries: Entry[]): void {
        if (this.lines > COMPACT_FROM && this.lines > 4 * this.entries.size) return this.rewrite(entries);
        mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
        const file = openSync(this.path, existsSync(this.path) ? "r+" : "w", 0o600);
        try {
            const line = Buffer.from(`${JSON.stringify(entries)}\n`);
            ftruncateSync(file, this.offset);
            writeSync(file, line, 0, line.length, this.offset);
            this.inode = fstatSync(file).ino;
            this.offset += line.length;
            this.apply(entries);
        } finally {
            closeSync(file);
        }
    }

    private rewrite(entries: Entry[]): void {
        this.apply(entries);
        const draft = `${this.path}.${process.pid}`;
        writeFileSync(draft, `${JSON.stringify([...this.entries])}\n`, { mode: 0o600 });
        renameSync(draft, this.path);
        this.inode = statSync(this.path).ino;
        this.offset = statSync(this.path).size;
        this.lines = 1;
    }

    private apply(entries: Entry[]): void {
        this.lines++;
        for (const [key, value] of entries) {
            if (value === null) this.entries.delete(key);
            else this.entries.set(key, value);
        }
    }

    private forget(): void {
        this.entries.clear();
        this.offset = this.inode = this.lines = 0;
    }
}
