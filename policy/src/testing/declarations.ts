/** Reads which properties a resource has from the type declarations of the installed provider packages. Not part of the pack. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Properties by name: what they hold, as TypeScript writes it. */
type Shape = ReadonlyMap<string, string>;

interface Package {
    readonly folder: string;
    /** Shapes of nested objects, by namespace and name, read when they are asked for. */
    readonly inputs: string;
}

const packages = new Map<string, Package>();

/** The first key of an object that the resource does not have, as a path; nothing if all are its own. */
export function strangeKey(type: string, properties: unknown): string | undefined {
    const [name = "", module = "", resource = ""] = type.split(":");
    const home = packageOf(name);
    return strangeIn(home, argumentsOf(home, module, resource), properties, "");
}

/** True if the installed package has the resource. */
export function isInstalled(type: string): boolean {
    const [name = "", module = ""] = type.split(":");
    return existsSync(join(folderOf(name), "package.json")) && fileOf(folderOf(name), module) !== undefined;
}

/** A property as the provider declares it. */
export interface Field {
    readonly list: boolean;
    /** The properties inside, where it holds objects whose names are the provider's own. */
    readonly fields?: () => ReadonlyMap<string, Field>;
}

/** The properties that a resource may be given. */
export function fieldsOf(type: string): ReadonlyMap<string, Field> {
    const [name = "", module = "", resource = ""] = type.split(":");
    const home = packageOf(name);
    return fieldsIn(home, argumentsOf(home, module, resource));
}

function fieldsIn(home: Package, shape: Shape): ReadonlyMap<string, Field> {
    return new Map([...shape].map(([key, held]) => {
        const nested = /\[key: string\]/.test(held) ? undefined : /inputs\.([\w.]+)/.exec(held)?.[1];
        return [key, { list: /\[\]/.test(held), ...(nested !== undefined && { fields: () => fieldsIn(home, nestedShape(home, nested)) }) }];
    }));
}

function strangeIn(home: Package, shape: Shape, value: unknown, path: string): string | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    for (const [key, item] of Object.entries(value)) {
        const held = shape.get(key);
        if (held === undefined) return `${path}${key}`;
        const nested = /inputs\.([\w.]+)/.exec(held)?.[1];
        if (!nested || /\[key: string\]/.test(held)) continue;
        for (const part of Array.isArray(item) ? (item as unknown[]) : [item]) {
            const strange = strangeIn(home, nestedShape(home, nested), part, `${path}${key}.`);
            if (strange) return strange;
        }
    }
    return undefined;
}

function packageOf(name: string): Package {
    let found = packages.get(name);
    if (!found) {
        const folder = folderOf(name);
        found = { folder, inputs: readFileSync(join(folder, "types/input.d.ts"), "utf8") };
        packages.set(name, found);
    }
    return found;
}

function folderOf(name: string): string {
    return dirname(require.resolve(`@pulumi/${name}/package.json`));
}

/** Files are named like the type, but for the case of some letters. */
function fileOf(folder: string, module: string): string | undefined {
    const [first = "", second] = module.split("/");
    const place = second === undefined || first === "index" ? folder : join(folder, readdirSync(folder).find(entry => entry.toLowerCase() === first.toLowerCase()) ?? first);
    if (!existsSync(place)) return undefined;
    const wanted = `${second ?? first}.d.ts`.toLowerCase();
    const file = readdirSync(place).find(entry => entry.toLowerCase() === wanted);
    return file && join(place, file);
}

function argumentsOf(home: Package, module: string, resource: string): Shape {
    const file = fileOf(home.folder, module);
    if (!file) throw new Error(`The package has no ${module}`);
    const body = new RegExp(`^export interface ${resource}Args \\{([\\s\\S]*?)^\\}`, "m").exec(readFileSync(file, "utf8"))?.[1];
    if (body === undefined) throw new Error(`${file} declares no arguments of ${resource}`);
    return shapeOf(body);
}

function nestedShape(home: Package, name: string): Shape {
    const [space, inner] = name.includes(".") ? name.split(".") as [string, string] : [undefined, name];
    const start = space === undefined ? 0 : home.inputs.indexOf(`export declare namespace ${space} {`);
    const at = home.inputs.indexOf(` interface ${inner} {`, start);
    const end = home.inputs.indexOf(space === undefined ? "\n}" : "\n    }", at);
    return shapeOf(home.inputs.slice(at, end));
}

function shapeOf(body: string): Shape {
    const plain = body.replace(/\/\*\*[\s\S]*?\*\//g, "");
    return new Map([...plain.matchAll(/^\s*(?:readonly )?"?(\w+)"?\??: ([\s\S]+?);$/gm)].map(([, key, held]) => [key!, held!]));
}
