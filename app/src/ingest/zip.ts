/** Looks into a ZIP archive without unpacking it, so that one that unpacks to gigabytes never gets to. */
import { readSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { ApiError } from "../http/errors.js";

export interface ZipEntry {
    name: string;
    method: number;
    encrypted: boolean;
    packed: number;
    /** What the archive claims; a hostile one lies. */
    unpacked: number;
    offset: number;
}

const LIMITS = { entries: 10_000, total: 512 * 2 ** 20, xml: 64 * 2 ** 20, ratio: 200, ratioFrom: 4 * 2 ** 20 };
/** Files of an archive that is read as a collection of documents. */
const MOST_FILES = 500;
const ARCHIVES = /\.(zip|7z|rar|tar|gz|tgz|bz2|xz|zst|jar|war|apk|cab|iso)$/i;
/** What systems put beside people's files. */
const CLUTTER = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.git\/)/i;

/** Rejects archives that are or claim to be too large when unpacked. */
export function requireModestZip(entries: readonly ZipEntry[]): void {
    let total = 0;
    for (const entry of entries) {
        total += entry.unpacked;
        const inflated = entry.unpacked > LIMITS.ratioFrom && entry.unpacked > entry.packed * LIMITS.ratio;
        if (inflated || total > LIMITS.total || (/\.(xml|rels)$/i.test(entry.name) && entry.unpacked > LIMITS.xml)) throw tooLarge();
    }
}

/** Rejects an archive of documents for what its directory shows: names that leave the folder, archives within, too many files, passwords. */
export function requireHarmlessArchive(entries: readonly ZipEntry[]): void {
    const files = filesOf(entries);
    if (files.length === 0) throw new ApiError(422, "ARCHIVE_EMPTY", "The archive holds no files.");
    if (files.length > MOST_FILES) throw new ApiError(422, "ARCHIVE_TOO_MANY_FILES", `The archive holds ${files.length} files; at most ${MOST_FILES} are read from one. Split it and upload the parts.`);
    for (const { name, encrypted } of files) {
        if (name.startsWith("/") || /^[a-z]:/i.test(name) || name.includes("\\") || name.split("/").includes("..") || /[\p{Cc}\ufffd]/u.test(name)) {
            throw new ApiError(422, "ARCHIVE_NAME_REFUSED", "The archive holds a file whose name points out of the archive or cannot be shown, which is how attacks look. Pack the files again and upload that.");
        }
        if (ARCHIVES.test(name)) throw nestedArchive();
        if (encrypted) throw new ApiError(422, "DOCUMENT_ENCRYPTED", "The archive is protected by a password. Pack the files without one and upload that.");
    }
}

/** An archive may hold documents only: each level of packing is a level of hiding. */
export function nestedArchive(): ApiError {
    return new ApiError(422, "ARCHIVE_NESTED", "The archive holds another archive. Unpack that one and upload its files, or pack all files into one archive.");
}

/** What people put into the archive, in its order. */
export function filesOf(entries: readonly ZipEntry[]): ZipEntry[] {
    return entries.filter(({ name }) => !name.endsWith("/") && !CLUTTER.test(name));
}

/** Unpacks one entry, never more of it than its directory claims. */
export function unpack(bytes: Buffer, entry: ZipEntry): Buffer {
    const start = entry.offset + 30 + bytes.readUInt16LE(entry.offset + 26) + bytes.readUInt16LE(entry.offset + 28);
    const packed = bytes.subarray(start, start + entry.packed);
    if (entry.method === 0) return packed;
    if (entry.method !== 8) throw damaged();
    try {
        return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.unpacked) });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
        throw damaged();
    }
}

/** Rejects when the parts that a reader would unpack hold more than they claim. */
export function requireHonestZip(bytes: Buffer): void {
    for (const entry of zipDirectoryOf(bytes)) if (entry.method === 8 && /\.(xml|rels)$/i.test(entry.name)) unpack(bytes, entry);
}

export function zipDirectoryOf(bytes: Buffer): ZipEntry[] {
    return directoryOf(bytes.length, (offset, length) => bytes.subarray(offset, offset + length));
}

export function readZipDirectory(file: number, size: number): ZipEntry[] {
    return directoryOf(size, (offset, length) => {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    });
}

function directoryOf(size: number, read: (offset: number, length: number) => Buffer): ZipEntry[] {
    const tailLength = Math.min(size, 65_557);
    const tail = read(size - tailLength, tailLength);
    const end = tail.lastIndexOf(Buffer.from("PK\x05\x06"));
    if (end < 0 || end + 22 > tail.length) throw damaged();
    const count = tail.readUInt16LE(end + 10);
    const length = tail.readUInt32LE(end + 12);
    const offset = tail.readUInt32LE(end + 16);
    // 0xffff and 0xffffffff announce ZIP64, which no document of a size we take needs.
    if (count === 0xffff || length === 0xffff_ffff || count > LIMITS.entries) throw tooLarge();
    if (offset + length > size) throw damaged();
    const directory = read(offset, length);
    const entries: ZipEntry[] = [];
    for (let at = 0; entries.length < count; ) {
        if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x0201_4b50) throw damaged();
        const nameLength = directory.readUInt16LE(at + 28);
        const entry = {
            name: directory.toString("utf8", at + 46, at + 46 + nameLength),
            method: directory.readUInt16LE(at + 10),
            encrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
            packed: directory.readUInt32LE(at + 20),
            unpacked: directory.readUInt32LE(at + 24),
            offset: directory.readUInt32LE(at + 42),
        };
        if (entry.offset + 30 > size) throw damaged();
        entries.push(entry);
        at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    return entries;
}

function tooLarge(): ApiError {
    return new ApiError(422, "UNPACKS_TOO_LARGE", "The document is a packed file that unpacks to far more than its size, which is how attacks look. If it is genuine, save it again as PDF and upload that.");
}

function damaged(): ApiError {
    return new ApiError(422, "DOCUMENT_DAMAGED", "The document is damaged or incomplete. Open it in the program it was made with, save it again, and upload that.");
}
