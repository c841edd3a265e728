/** Labelled cases of public test corpora, in one form. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readManifests, type Found } from "../../scan/manifests";
import type { Resource } from "../../src/core/resource";

export interface LabelledCase {
    corpus: string;
    /** The check of the corpus that the case is about. */
    label: string;
    bad: boolean;
    /** Where it stands, relative to the folder of the corpora. */
    file: string;
    /** All that the file describes: rules over a whole stack need it. */
    resources: readonly Resource[];
    /** The resources that the label is about; a bad case has something wrong in one of them, a good case in none. */
    subjects: readonly Resource[];
}

/** Which half it is in: what is looked at and learned from, or what is only ever counted. By the place alone. */
export function halfOf({ corpus, label, file }: LabelledCase): "seen" | "unseen" {
    return createHash("sha256").update(`${corpus} ${label} ${file}`).digest()[0]! % 2 === 0 ? "seen" : "unseen";
}

/** The objects of a file of YAML or JSON; none where it cannot be read, since many corpora try broken files too. */
export function objectsAt(file: string): Found[] {
    try {
        return readManifests(file, readFileSync(file, "utf8"), "corpus");
    } catch {
        return [];
    }
}

export function nameOf(resource: Resource): string {
    return resource.properties.at("metadata", "name").text ?? "";
}

export function kindOf(resource: Resource): string {
    return resource.properties.at("kind").text ?? "";
}

/** All files below a folder that match, hidden folders too. */
export function filesBelow(folder: string, pattern: RegExp): string[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(name => pattern.test(name)).sort().map(name => join(folder, name));
}

export function foldersIn(folder: string): string[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(({ name }) => name).sort();
}

export function placeIn(root: string, file: string): string {
    return relative(root, file);
}
