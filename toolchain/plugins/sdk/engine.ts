/** Messages from a plugin to the person who runs the CLI. */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export interface Engine {
    /** A line beside the resource that the next one replaces; it is gone when the resource is done. */
    progress(urn: string, message: string): void;
    /** Stays on screen, in the list of diagnostics. */
    warn(urn: string, message: string): void;
}

export const silent: Engine = { progress: () => undefined, warn: () => undefined };

export function connectEngine(address: string): Engine {
    const client = new EngineClient(address, credentials.createInsecure());
    const say = (severity: LogSeverity, urn: string, message: string, ephemeral: boolean): void => {
        const request = new LogRequest();
        request.setSeverity(severity);
        request.setUrn(urn);
        request.setMessage(message);
        request.setEphemeral(ephemeral);
        // Messages are a courtesy: an engine that is shutting down must not make the operation fail.
        client.log(request, () => undefined);
    };
    return {
        progress: (urn, message) => say(LogSeverity.INFO, urn, message, true),
        warn: (urn, message) => say(LogSeverity.WARNING, urn, message, false),
    };
}
