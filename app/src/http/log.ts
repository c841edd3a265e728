/** JSON logs. What must never be read in a log is removed here, wherever it appears. */
import pino from "pino";

export type Logger = pino.Logger;

export function createLogger(options: { level: string; service: string; stream?: pino.DestinationStream }): Logger {
    const secrets = ["password", "token", "authorization", "cookie", "secret", "password_hash", "embedding"];
    return pino(
        {
            level: options.level,
            base: { service: options.service },
            timestamp: pino.stdTimeFunctions.isoTime,
            formatters: { level: (label) => ({ level: label }) },
            redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[removed]" },
            serializers: { error: describeError },
        },
        options.stream ?? pino.destination({ dest: 1, sync: false }),
    );
}

/** Database errors carry parameters and whole rows: only what helps to find the cause is kept. */
function describeError(error: unknown): unknown {
    if (!(error instanceof Error)) return { message: String(error) };
    const { code, severity, constraint_name: constraint, table_name: table } = error as unknown as Record<string, unknown>;
    return { name: error.name, message: error.message, code, severity, constraint, table, stack: error.stack, cause: error.cause === undefined ? undefined : describeError(error.cause) };
}
