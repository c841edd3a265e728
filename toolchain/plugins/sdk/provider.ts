/** What a resource provider is, without the wire format. `serve` in server.ts puts one on gRPC. */
import type { Changes } from "./diff";
import type { Engine } from "./engine";
import type { Props } from "./values";

export interface Resource {
    urn: string;
    /** Type token, e.g. `kubernetes:apps/v1:Deployment`. */
    type: string;
    /** The name in the program. */
    name: string;
}

export interface CheckRequest extends Resource {
    olds: Props;
    news: Props;
    /** Random bytes of this operation, for names. */
    seed: Uint8Array;
    /** A name the engine proposes because the project configures automatic naming. */
    proposedName?: string;
    /** The project forbids automatic naming. */
    namingDisabled?: boolean;
}

export interface CheckResult {
    inputs: Props;
    failures?: { property: string; reason: string }[];
}

export interface DiffRequest extends Resource {
    id: string;
    oldInputs: Props;
    oldOutputs: Props;
    newInputs: Props;
}

export interface DiffResult {
    changes: Changes;
    /** Paths whose change needs a replacement; a path covers everything below it. */
    replaces?: string[];
    deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends Resource {
    inputs: Props;
    preview: boolean;
    /** Milliseconds; 0 when the program sets none. */
    timeout: number;
}

export interface UpdateRequest extends CreateRequest {
    id: string;
    oldInputs: Props;
    oldOutputs: Props;
}

export interface ReadRequest extends Resource {
    id: string;
    inputs: Props;
    outputs: Props;
}

export interface DeleteRequest extends Resource {
    id: string;
    inputs: Props;
    outputs: Props;
    timeout: number;
}

/** All properties carry their secret marks; `reveal` and `conceal` in values.ts take them off and put them on again. */
export interface Provider {
    readonly name: string;
    readonly version: string;
    checkConfig?(request: CheckRequest): Promise<CheckResult>;
    diffConfig?(request: DiffRequest): Promise<DiffResult>;
    configure?(config: Props, engine: Engine): Promise<void>;
    check(request: CheckRequest): Promise<CheckResult>;
    diff(request: DiffRequest): Promise<DiffResult>;
    create(request: CreateRequest): Promise<{ id: string; outputs: Props }>;
    update(request: UpdateRequest): Promise<{ outputs: Props }>;
    /** Nothing, when the resource no longer exists. */
    read(request: ReadRequest): Promise<{ id: string; inputs: Props; outputs: Props } | undefined>;
    delete(request: DeleteRequest): Promise<void>;
    invoke?(token: string, args: Props): Promise<CheckFailureOr<Props>>;
    /** The person asked to stop: end what waits, soon. */
    cancel?(): void;
}

export type CheckFailureOr<T> = { result: T } | { failures: { property: string; reason: string }[] };
