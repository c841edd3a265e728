/** The process behind the local port; started detached by index.ts, ended by SIGTERM. */
import { forward, type Target } from "./forwarder";

const { target, port } = JSON.parse(process.env.AGENT_PLATFORM_LOCAL_PORT ?? "{}") as { target: Target; port: number };

forward(target, port).then(
    () => process.send?.({ listening: true }, () => process.disconnect()),
    (error: NodeJS.ErrnoException) => {
        process.send?.({ code: error.code, message: error.message }, () => process.exit(1));
    },
);

// One broken connection must not end the others; there is nobody to read a message.
process.on("uncaughtException", () => undefined);
process.on("unhandledRejection", () => undefined);
