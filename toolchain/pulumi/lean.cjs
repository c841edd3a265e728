/**
 * For `node --require`, ahead of Pulumi's SDK in programs and policy packs: spares each run what they never use.
 * Without it everything works as well, but takes twice the processor time to load (docs/toolchain.md).
 */
"use strict";
const Module = require("node:module");
const { leavePackagesToNode } = require("../typescript/packages.cjs");

const load = Module._load;

Module._load = function (name, parent, isMain) {
    const loaded = () => load.call(this, name, parent, isMain);
    if (name === "tsx/cjs") return afterwards(leavePackagesToNode(), loaded());
    if (!/[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "")) return loaded();
    switch (name) {
        // They write functions into the state, which only dynamic providers ask for.
        case "typescript":
        case "@npmcli/arborist":
            return later(loaded);
        // Node itself maps stack traces to TypeScript, where tsx has told it how; this library cannot, and takes a quarter of a run.
        case "source-map-support/register":
            return {};
        case "./debuggable":
        case "./runtime/debuggable":
        case "../runtime/debuggable":
            return withoutTraces(loaded());
        default:
            return loaded();
    }
};

function afterwards(act, loaded) {
    act();
    return loaded;
}

/** A module that is loaded when it is first used. */
function later(loaded) {
    let found;
    return new Proxy({}, { get: (_, key) => (key === "__esModule" ? true : (found ??= loaded())[key]) });
}

/** The SDK keeps a stack trace with each promise, for whoever searches one that never ends (PULUMI_DEBUG_PROMISE_LEAKS). */
function withoutTraces(debuggable) {
    const { debuggablePromise } = debuggable;
    if (debuggable.debugPromiseLeaks || debuggablePromise?.untraced) return debuggable;
    debuggable.debuggablePromise = Object.assign((promise, context) => {
        const limit = Error.stackTraceLimit;
        Error.stackTraceLimit = 0;
        try {
            return debuggablePromise(promise, context);
        } finally {
            Error.stackTraceLimit = limit;
        }
    }, { untraced: true });
    return debuggable;
}
