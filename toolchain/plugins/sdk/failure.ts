/** Failures that tell the engine more than a message. */
import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { toStruct, type Props } from "./values";

/** Any failure; its message is shown as it is. */
export class PluginError extends Error {
    constructor(message: string, readonly code: status = status.UNKNOWN) {
        super(message);
        this.name = "PluginError";
    }
}

/**
 * The resource exists but is not as it should be, e.g. it never became ready. The engine keeps it in the state,
 * with these properties, and tries again next time instead of creating it twice.
 */
export class InitFailed extends PluginError {
    constructor(readonly id: string, readonly outputs: Props, readonly inputs: Props, readonly reasons: string[]) {
        super(reasons.join("\n"));
        this.name = "InitFailed";
    }
}

/** The answer with which a call over gRPC fails. */
export function toServiceError(error: unknown): Partial<ServiceError> {
    if (error instanceof InitFailed) return initFailed(error);
    if (error instanceof PluginError) return { code: error.code, details: error.message };
    return { code: status.UNKNOWN, details: error instanceof Error ? (error.message || error.name) : String(error) };
}

function initFailed(error: InitFailed): Partial<ServiceError> {
    const detail = new ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(toStruct(error.outputs));
    detail.setInputs(toStruct(error.inputs));
    detail.setReasonsList(error.reasons);
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const whole = new Status();
    whole.setCode(status.UNKNOWN);
    whole.setMessage(error.message);
    whole.addDetails(any);
    const metadata = new Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(whole.serializeBinary()));
    return { code: status.UNKNOWN, details: error.message, metadata };
}
