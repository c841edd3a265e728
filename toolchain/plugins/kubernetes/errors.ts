/** What can go wrong between this plugin and an API server, in words that help. */
import { PluginError } from "../sdk/failure";

interface StatusCause {
    reason?: string;
    message?: string;
    field?: string;
}

/** The body with which an API server refuses a request. */
export interface ApiStatus {
    message?: string;
    reason?: string;
    details?: { kind?: string; name?: string; causes?: StatusCause[] };
}

/** The API server answered, and refused. */
export class ApiError extends PluginError {
    constructor(readonly http: number, readonly status: ApiStatus, request: string) {
        super(status.message ?? `${request} was answered with HTTP ${http}`);
        this.name = "ApiError";
    }

    get notFound(): boolean {
        return this.http === 404;
    }

    /** The refusal is about the namespace that the object should be in, not the object. */
    get namespaceMissing(): boolean {
        return this.http === 404 && this.status.details?.kind === "namespaces";
    }
}

/** The API server could not be asked at all. */
export class Unreachable extends PluginError {
    constructor(server: string | undefined, where: string, cause: unknown) {
        const reason = cause instanceof AggregateError ? cause.errors.map(String).join("; ") : cause instanceof Error ? cause.message : String(cause);
        super(`configured Kubernetes cluster is unreachable: ${server === undefined ? "" : `${server} (${where}): `}${reason}. ${server === undefined ? "" : "Is the cluster running, and is this the context you mean?"}`.trim());
        this.name = "Unreachable";
    }
}

/** The API server does not know this kind: a custom resource whose definition is not installed (yet). */
export class NoSuchKind extends PluginError {
    constructor(apiVersion: string, kind: string) {
        super(`no matches for kind "${kind}" in version "${apiVersion}": the cluster has no such resource. If it is a custom resource, install its definition first.`);
        this.name = "NoSuchKind";
    }
}

/** An error as a person should see it, with what to do where that is known. */
export function explain(error: unknown, id: string): unknown {
    if (!(error instanceof ApiError)) return error;
    if (error.http === 409 && error.status.details?.causes?.some((cause) => cause.reason === "FieldManagerConflict")) {
        const fields = error.status.details.causes.map((cause) => `${cause.field ?? "?"} (${cause.message ?? "other owner"})`).join(", ");
        return new PluginError(
            `Server-Side Apply field conflict detected on ${id}: ${fields}. Someone else set these fields. ` +
                `To take them over, annotate the resource with pulumi.com/patchForce: "true" or set PULUMI_K8S_ENABLE_PATCH_FORCE=true; to leave them to the other owner, remove them from the program or list them in ignoreChanges.`,
        );
    }
    if (error.http === 422 && /immutable|may not be changed|updates to .* are forbidden/i.test(error.message)) {
        return new PluginError(`${error.message}\nThis field cannot be changed in place. Use the resource option replaceOnChanges, or run: pulumi up --replace <urn>`);
    }
    if (error.http === 401) return new PluginError(`the API server does not accept the credentials of the kubeconfig (401 Unauthorized): they may have expired`);
    return error;
}
