/** JSON logs. What must never be read in a log is removed here, wherever it appears. */
import pino from "pino";
import { maskText, maskValue } from "./masking.js";

export type Logger = pino.Logger;

export function createLogger(options: { level: string; service: string; stream?: pino.DestinationStream }): Logger {
    const log = pino(
        {
            level: options.level,
            base: { service: options.service },
            timestamp: pino.stdTimeFunctions.isoTime,
            formatters: {
                level: (label) => ({ level: label }),
                log: (fields) => maskValue(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, name === "error" || value instanceof Error ? describeError(value) : value]))) as Record<string, unknown>,
            },
            hooks: {
                logMethod(args, method) {
                    method.apply(this, args.map((each: unknown) => (typeof each === "string" ? maskText(each) : each)) as Parameters<typeof method>);
                },
            },
        },
        options.stream ?? pino.destination({ dest: 1, sync: false }),
    );
    // What a child always says passes no formatter. Children inherit this, and theirs from them.
    const { child } = log;
    log.child = function (this: Logger, bindings: pino.Bindings, ...rest: unknown[]) {
        return (child as unknown as (...all: unknown[]) => Logger).call(this, maskValue(bindings), ...rest);
    } as unknown as Logger["child"];
    return log;
}

/** Database errors carry parameters and whole rows: only what helps to find the cause is kept. */
function describeError(error: unknown): unknown {
    if (!(error instanceof Error)) return { message: String(error) };
    const { code, severity, constraint, table } = error as unknown as Record<string, unknown>;
    return { name: error.name, message: error.message, code, severity, constraint, table, stack: error.stack, cause: error.cause === undefined ? undefined : describeError(error.cause) };
}
