import { unknownValues } from "./unknown";

/**
 * A place in a resource's properties that may be known, absent or not known yet.
 *
 * Reading an unknown value in a preview throws, and an uncaught throw makes the engine skip the whole policy with a
 * mere advice. So nothing but this file touches raw properties: every read ends in one of three states, and what lies
 * below an unknown is unknown too. Reading into something of the wrong shape (a string where an object belongs) is
 * unknown as well: it is never taken for "not set".
 */
export class Value {
    private children?: Map<string | number, Value>;

    private constructor(
        private readonly raw: unknown,
        readonly state: "known" | "unknown" | "absent",
        private readonly parent: Value | undefined,
        private readonly key: string | number,
    ) {}

    /** The top of a resource's properties. */
    static root(properties: unknown): Value {
        return new Value(properties, properties === undefined || properties === null ? "absent" : "known", undefined, "");
    }

    get known(): boolean {
        return this.state === "known";
    }

    get unknown(): boolean {
        return this.state === "unknown";
    }

    /** Not set, or null, which Kubernetes and the clouds treat alike. */
    get absent(): boolean {
        return this.state === "absent";
    }

    /** What is there, for comparisons; `undefined` unless known. Objects may hold unknowns: read them with `at`. */
    get value(): unknown {
        return this.raw;
    }

    /** The text, or `undefined` when it is anything else. */
    get text(): string | undefined {
        return typeof this.raw === "string" ? this.raw : undefined;
    }

    /** True for an object that is not a list. */
    get isObject(): boolean {
        return typeof this.raw === "object" && this.raw !== null && !Array.isArray(this.raw);
    }

    get isList(): boolean {
        return Array.isArray(this.raw);
    }

    /** The value at a path below this one. */
    at(...path: readonly (string | number)[]): Value {
        let current: Value = this;
        for (const key of path) current = current.child(key);
        return current;
    }

    /**
     * The elements of a list: none when absent, and one unknown element when the list itself cannot be read. An object
     * where a list belongs is its one element: what is converted from other languages often looks so.
     */
    list(): Value[] {
        if (this.absent) return [];
        if (this.isObject) return [this];
        if (!Array.isArray(this.raw)) return [this.lost()];
        const length = lengthOf(this.raw);
        if (length === undefined) return [this.lost()];
        return Array.from({ length }, (_, index) => this.child(index));
    }

    /** The entries of an object: none when absent, and one unknown entry of no name when the object cannot be read. */
    entries(): [key: string, value: Value][] {
        if (this.absent) return [];
        const keys = this.isObject ? keysOf(this.raw as object) : undefined;
        if (keys === undefined) return [["", this.lost()]];
        return keys.map(key => [key, this.child(key)]);
    }

    /** True if the object has something under this name, known or not. */
    has(key: string): boolean {
        return !this.child(key).absent;
    }

    /** Where it is, as the keys that lead there. */
    get keys(): readonly (string | number)[] {
        return this.parent === undefined ? [] : [...this.parent.keys, this.key];
    }

    /** Where it is, as a person writes it: `spec.containers[0].image`. Property names only, never values. */
    get path(): string {
        if (this.parent === undefined) return "";
        const before = this.parent.path;
        if (typeof this.key === "number") return `${before}[${this.key}]`;
        if (!/^[A-Za-z_][\w-]*$/.test(this.key)) return `${before}[${JSON.stringify(this.key.slice(0, 100))}]`;
        return before === "" ? this.key : `${before}.${this.key}`;
    }

    private child(key: string | number): Value {
        // Many rules ask for the same places of one resource.
        const known = this.children?.get(key);
        if (known) return known;
        const child = this.read(key);
        this.children ??= new Map();
        this.children.set(key, child);
        return child;
    }

    private read(key: string | number): Value {
        if (this.state === "absent") return new Value(undefined, "absent", this, key);
        // The path of an unknown ends where knowledge ends.
        if (this.state === "unknown") return this;
        if (typeof key === "string" && this.isList) return this.only()?.child(key) ?? this.lost();
        if (typeof key === "number" ? !this.isList : !this.isObject) return this.lost();
        try {
            if (typeof key === "string" && !Object.hasOwn(this.raw as object, key)) return new Value(undefined, "absent", this, key);
            const raw = (this.raw as Record<string | number, unknown>)[key];
            if (typeof raw === "string" && unknownValues.has(raw)) return new Value(undefined, "unknown", this, key);
            return new Value(raw, raw === undefined || raw === null ? "absent" : "known", this, key);
        } catch {
            return new Value(undefined, "unknown", this, key);
        }
    }

    /** The object in a list of one, which is how blocks look in what is converted from other languages. */
    private only(): Value | undefined {
        const [element] = lengthOf(this.raw as unknown[]) === 1 ? this.list() : [];
        return element?.isObject || element?.unknown ? element : undefined;
    }

    private lost(): Value {
        return this.unknown ? this : new Value(undefined, "unknown", this.parent, this.key);
    }
}

function lengthOf(list: unknown[]): number | undefined {
    try {
        return list.length;
    } catch {
        return undefined;
    }
}

function keysOf(object: object): string[] | undefined {
    try {
        return Object.keys(object);
    } catch {
        return undefined;
    }
}
