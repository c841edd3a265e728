/**
 * tsx runs our TypeScript, and looks through every file of every package too, which takes longer than to run them: they are
 * JavaScript, and Node needs no help with it (docs/toolchain.md has the times).
 */
"use strict";
const Module = require("node:module");

const inPackage = (place) => typeof place === "string" && /[\\/]node_modules[\\/]/.test(place);

/** Call it before tsx is loaded, and what it returns after that: from then on packages are left to Node. */
exports.leavePackagesToNode = () => {
    // Until 22.12 Node could not require an ES module: tsx has to make another kind of those.
    if (!process.features.require_module) return () => undefined;
    const node = { load: Module._extensions[".js"], resolve: Module._resolveFilename, registerHooks: Module.registerHooks };
    if (node.registerHooks !== undefined) {
        Module.registerHooks = ({ resolve, load }) =>
            node.registerHooks({
                resolve: resolve && ((specifier, context, next) => (inPackage(context.parentURL) ? next(specifier, context) : resolve(specifier, context, next))),
                load: load && ((url, context, next) => (inPackage(url) ? next(url, context) : load(url, context, next))),
            });
    }
    return () => {
        const tsx = { load: Module._extensions[".js"], resolve: Module._resolveFilename };
        Module._extensions[".js"] = function (module, path) {
            return (inPackage(path) ? node.load : tsx.load).call(this, module, path);
        };
        Module._resolveFilename = function (name, parent, ...rest) {
            return (inPackage(parent?.filename) ? node.resolve : tsx.resolve).call(this, name, parent, ...rest);
        };
        Module.registerHooks = node.registerHooks;
    };
};
