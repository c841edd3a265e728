/** An image that holds nothing but the Node that runs the tests: server and client for trying networks and volumes. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { goArchitecture } from "../architecture";
import { buildImage, type BuiltImage, type ImageFile } from "../oci";

export const nodeImageName = "agent-platform.test/node";

export function buildNodeImage(): BuiltImage {
    const libraries = [...execFileSync("ldd", [process.execPath], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g)].map(match => match[1]!);
    const files: ImageFile[] = [...new Set(libraries)].sort().map(path => ({ path: path.slice(1), content: readFileSync(path), mode: 0o755 }));
    files.push({ path: "node", content: readFileSync(process.execPath), mode: 0o755 });
    return buildImage({ name: `${nodeImageName}:1`, files, entrypoint: ["/node"], user: "10001" }, goArchitecture());
}
