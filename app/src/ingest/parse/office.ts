/** The packages that Office files are: XML parts and the relations between them, read as a stream of tags. */
import { Parser } from "htmlparser2";
import { unpack, zipDirectoryOf, type ZipEntry } from "../zip.js";
import { damaged } from "./page.js";

export interface TagHandler {
    open?(name: string, attributes: Record<string, string>): void;
    text?(text: string): void;
    close?(name: string): void;
}

/** Largest part that is read, whatever the archive claims of it. */
const MOST_XML = 64 * 2 ** 20;

export class OfficePackage {
    private readonly entries: Map<string, ZipEntry>;

    constructor(private readonly bytes: Buffer) {
        this.entries = new Map(zipDirectoryOf(bytes).map((entry) => [entry.name, entry]));
    }

    has(part: string): boolean {
        return this.entries.has(part);
    }

    /** Walks through a part; names come without their namespace's prefix. */
    walk(part: string, handler: TagHandler): void {
        const entry = this.entries.get(part);
        if (entry === undefined || entry.unpacked > MOST_XML) throw damaged();
        // htmlparser2 knows no entities of a document's own, so that none can be expanded a billion times.
        const parser = new Parser(
            {
                onopentag: (name, attributes) => handler.open?.(local(name), attributes),
                ontext: (text) => handler.text?.(text),
                onclosetag: (name) => handler.close?.(local(name)),
            },
            { xmlMode: true, decodeEntities: true },
        );
        const xml = unpack(this.bytes, entry).toString("utf8");
        if (!xml.trimStart().startsWith("<")) throw damaged();
        parser.end(xml);
    }

    /** Targets of a part's relations, by id. */
    relations(part: string): Map<string, { target: string; type: string }> {
        const folder = part.slice(0, part.lastIndexOf("/") + 1);
        const file = `${folder}_rels/${part.slice(folder.length)}.rels`;
        const found = new Map<string, { target: string; type: string }>();
        if (!this.has(file)) return found;
        this.walk(file, {
            open(name, { Id: id, Target: target, Type: type, TargetMode: mode }) {
                if (name !== "Relationship" || id === undefined || target === undefined || mode === "External") return;
                found.set(id, { target: resolve(folder, target), type: type ?? "" });
            },
        });
        return found;
    }
}

function local(name: string): string {
    return name.slice(name.indexOf(":") + 1);
}

function resolve(folder: string, target: string): string {
    const parts: string[] = [];
    for (const part of (target.startsWith("/") ? target.slice(1) : folder + target).split("/")) {
        if (part === "..") parts.pop();
        else if (part !== "." && part !== "") parts.push(part);
    }
    return parts.join("/");
}
