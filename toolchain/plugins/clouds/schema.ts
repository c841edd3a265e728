/**
 * What a resource type takes and gives, from its package's own declarations: so that a type which nobody thought of here
 * works like the others. Only the files of that one type are read, and what they say is kept in the cache.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../core/paths";
import type { Value } from "../sdk/values";
import { classDoc, indexOf, membersAt, membersOf, type Member, type Type } from "./declarations";

export type Shape =
    | { kind: "string" | "number" | "boolean" | "any" }
    | { kind: "list" | "map"; of: Shape }
    | { kind: "object"; fields: Record<string, Field> };

export interface Field {
    shape: Shape;
    /** An input: need not be given. An output: may be missing for ever. */
    optional: boolean;
    /** What the provider takes when the program says nothing. */
    fallback?: Value;
    /** The documentation says that a change makes a new resource. */
    immutable?: true;
    /** The documentation says that it can be changed in place (Oracle's way: what is not marked cannot). */
    updatable?: true;
}

export interface Schema {
    inputs: Record<string, Field>;
    outputs: Record<string, Field>;
    /** Outputs that are secret whatever the program says. */
    secrets: string[];
    /** Such as `projects/{{project}}/global/networks/{{name}}`. */
    idFormat?: string;
}

/** Changes with the meaning of what is kept. */
const FORMAT = 1;
/** Deeper than any output that a program reads from; some types contain themselves. */
const DEPTH = 5;

export class Schemas {
    private readonly known = new Map<string, Schema>();
    private readonly files = new Map<string, ReadonlySet<string>>();
    private outputTypes: { text: string; index: ReadonlyMap<string, number> } | undefined;

    /** @param packageFolder the npm package, e.g. node_modules/@pulumi/gcp */
    constructor(private readonly packageFolder: string, private readonly version: string) {}

    /** What a resource is; nothing when the package has no such type. */
    resource(token: string): Schema | undefined {
        return this.kept(token, () => {
            const [, , name] = token.split(":");
            const declarations = this.declarationsOf(token);
            if (declarations === undefined || name === undefined) return undefined;
            const outputs = membersOf(declarations, name);
            if (outputs === undefined) return undefined;
            const format = /^\s*\* `((?:\w[\w.:-]*\/)*[\w.:-]*\{\{[^`]*)`/m.exec(section(classDoc(declarations, name), "## Import"))?.[1];
            return {
                inputs: this.fields(membersOf(declarations, `${name}Args`) ?? [], 0),
                outputs: this.fields(outputs, DEPTH),
                secrets: secretsOf(this.text(token, ".js") ?? ""),
                ...(format === undefined ? {} : { idFormat: format.replace(/^https:\/\/[^/]+\/compute\/v1\//, "") }),
            };
        });
    }

    /** What a function takes and gives; nothing when the package has no such function. */
    invoke(token: string): Schema | undefined {
        return this.kept(token, () => {
            const [, , name] = token.split(":");
            const declarations = this.declarationsOf(token);
            if (declarations === undefined || name === undefined) return undefined;
            const capital = name[0]!.toUpperCase() + name.slice(1);
            const outputs = membersOf(declarations, `${capital}Result`);
            if (outputs === undefined) return undefined;
            return { inputs: this.fields(membersOf(declarations, `${capital}Args`) ?? [], 0), outputs: this.fields(outputs, DEPTH), secrets: [] };
        });
    }

    /** Whether there is a type of this name, in any case, in the folder of `token` or one of the others. */
    declares(token: string, base: string, folders: readonly string[]): boolean {
        const own = (token.split(":")[1] ?? "").split("/")[0]!.toLowerCase();
        return [own, ...folders].some((folder) => this.filesIn(folder === "index" ? "" : folder).has(`${base}.d.ts`));
    }

    private filesIn(folder: string): ReadonlySet<string> {
        let files = this.files.get(folder);
        if (files === undefined) {
            try {
                files = new Set(readdirSync(join(this.packageFolder, folder)).map((name) => name.toLowerCase()));
            } catch {
                files = new Set();
            }
            this.files.set(folder, files);
        }
        return files;
    }

    private kept(token: string, read: () => Schema | undefined): Schema | undefined {
        const known = this.known.get(token);
        if (known !== undefined) return known;
        const file = cacheFolder("pulumi", "schemas", `${createHash("sha256").update(`${FORMAT} ${token} ${this.version}`).digest("hex").slice(0, 20)}.json`);
        let schema: Schema | undefined;
        try {
            schema = JSON.parse(readFileSync(file, "utf8")) as Schema;
        } catch {
            schema = read();
            if (schema !== undefined) keep(file, schema);
        }
        if (schema !== undefined) this.known.set(token, schema);
        return schema;
    }

    private fields(members: readonly Member[], depth: number): Record<string, Field> {
        return Object.fromEntries(members.map((member): [string, Field] => {
            const shape = this.shape(member.type, depth);
            const fallback = fallbackIn(member.doc, shape);
            return [member.name, {
                shape,
                optional: member.optional,
                ...(fallback === undefined ? {} : { fallback }),
                ...(saysImmutable(member.doc) ? { immutable: true as const } : {}),
                ...(/\(Updatable\)/.test(member.doc) ? { updatable: true as const } : {}),
            }];
        }));
    }

    private shape(type: Type, depth: number): Shape {
        if (type.kind === "list" || type.kind === "map") return { kind: type.kind, of: this.shape(type.of, depth) };
        if (type.kind !== "object") return { kind: type.kind };
        if (depth === 0) return { kind: "object", fields: {} };
        this.outputTypes ??= readOutputTypes(join(this.packageFolder, "types", "output.d.ts"));
        const at = this.outputTypes.index.get(type.name);
        const members = at === undefined ? [] : membersAt(this.outputTypes.text, at);
        // Descriptions of nested fields say too little that is true of every use.
        return { kind: "object", fields: Object.fromEntries(members.map((member): [string, Field] => [member.name, { shape: this.shape(member.type, depth - 1), optional: member.optional }])) };
    }

    private declarationsOf(token: string): string | undefined {
        return this.text(token, ".d.ts");
    }

    /** `gcp:compute/network:Network` is declared in compute/network.d.ts, `hcloud:index/server:Server` in server.d.ts. */
    private text(token: string, extension: string): string | undefined {
        const path = (token.split(":")[1] ?? "").split("/").filter((part) => part !== "index");
        const file = `${path.at(-1) ?? ""}${extension}`;
        const folder = join(this.packageFolder, ...path.slice(0, -1).map((part) => part.toLowerCase()));
        try {
            const found = readdirSync(folder).find((name) => name.toLowerCase() === file.toLowerCase());
            return found === undefined ? undefined : readFileSync(join(folder, found), "utf8");
        } catch {
            return undefined;
        }
    }
}

function readOutputTypes(path: string): { text: string; index: Map<string, number> } {
    const text = readFileSync(path, "utf8");
    return { text, index: indexOf(text) };
}

function keep(file: string, schema: Schema): void {
    const draft = `${file}.${process.pid}`;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, JSON.stringify(schema));
    renameSync(draft, file);
}

function secretsOf(script: string): string[] {
    const listed = /additionalSecretOutputs: (\[[^\]]*\])/.exec(script)?.[1];
    return listed === undefined ? [] : (JSON.parse(listed) as string[]);
}

function section(doc: string, heading: string): string {
    const at = doc.indexOf(heading);
    return at < 0 ? "" : doc.slice(at);
}

const IMMUTABLE = /(^|\. |\n)Immutable\b|\b[Ff]orces? (?:a )?(?:new (?:resource|cluster|instance|interface)|recreation|replacement|the resource to be)|[Cc]hanging this (?:field )?(?:creates|will (?:re)?create|forces)|\b(?:cannot|can't|can not) be (?:changed|updated|modified)|set only at resource\s+creation|you will be prompted to destroy and recreate|field is immutable/;

function saysImmutable(doc: string): boolean {
    return IMMUTABLE.test(doc);
}

/** A default that the documentation states beyond doubt, of the right type. */
function fallbackIn(doc: string, shape: Shape): Value | undefined {
    const stated = /\b[Dd]efaults? (?:to|is|value is|value:)\s*[`"']*([\w./-]+?)[`"']*(?=[.,;)\s]|$)(?! (?:if|for|when|in|configured|project|region|value|to)\b)/.exec(doc)?.[1];
    if (stated === undefined) return undefined;
    if (shape.kind === "boolean") return stated === "true" ? true : stated === "false" ? false : undefined;
    if (shape.kind === "number") return /^\d+$/.test(stated) ? Number(stated) : undefined;
    if (shape.kind === "string") return /^[A-Z][A-Z0-9_]+$/.test(stated) ? stated : undefined;
    return undefined;
}
