/** What a run of pulumi tells while it goes on, one JSON object a line, and what is made of it. */

/** The parts of an engine event that are used here. */
export interface EngineEvent {
    diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
    resourcePreEvent?: { metadata: StepMetadata };
    resOutputsEvent?: { metadata: StepMetadata };
    resOpFailedEvent?: { metadata: StepMetadata };
    policyEvent?: { resourceUrn?: string; message: string; policyName: string; policyPackName: string; enforcementLevel: string; severity?: string };
    summaryEvent?: { durationSeconds: number; resourceChanges: Record<string, number>; result?: string };
    errorEvent?: { error: string };
    progressEvent?: { message: string };
}

interface StepMetadata {
    op: string;
    urn: string;
    type: string;
    detailedDiff?: Record<string, unknown> | null;
    diffs?: string[];
    old?: { outputs?: Record<string, unknown> } | null;
    new?: { outputs?: Record<string, unknown> } | null;
}

export interface Diagnostic {
    severity: "error" | "warning" | "info";
    message: string;
    urn?: string;
}

export interface Violation {
    policy: string;
    pack: string;
    /** `mandatory` ones block. */
    level: string;
    message: string;
    urn?: string;
}

export interface Change {
    op: string;
    urn: string;
    type: string;
    name: string;
    /** Properties that change, as far as they are known. */
    properties: string[];
}

export interface Summary {
    /** How many resources of each operation, e.g. `{ create: 3, same: 10 }`. */
    counts: Record<string, number>;
    /** Resources that are not left as they are. */
    changed: number;
    changes: Change[];
    violations: Violation[];
    diagnostics: Diagnostic[];
    seconds: number;
    /** The engine itself said that it came to a good end. */
    finished: boolean;
    /** The outputs of the stack, as of this run and of the last deployment; secrets are hidden by the engine. */
    outputs?: { now: Record<string, unknown>; before: Record<string, unknown> };
}

/** Collects events, and makes a line of progress of those that say something. */
export class EventReader {
    private readonly summary: Summary = { counts: {}, changed: 0, changes: [], violations: [], diagnostics: [], seconds: 0, finished: false };
    private readonly running = new Map<string, { label: string; since: number }>();
    private done = 0;

    constructor(private readonly report: (line: string) => void, private readonly preview: boolean) {}

    /** Takes one line of output; what is not an event of the engine is ignored. */
    line(text: string): void {
        if (!text.startsWith("{")) return;
        let event: EngineEvent;
        try {
            event = JSON.parse(text) as EngineEvent;
        } catch {
            return;
        }
        this.take(event);
    }

    result(): Summary {
        return this.summary;
    }

    private take(event: EngineEvent): void {
        if (event.diagnosticEvent) this.diagnostic(event.diagnosticEvent);
        if (event.policyEvent) {
            const { policyName, policyPackName, enforcementLevel, message, resourceUrn } = event.policyEvent;
            this.summary.violations.push({ policy: policyName, pack: policyPackName, level: enforcementLevel, message: message.trim(), urn: resourceUrn });
        }
        if (event.resourcePreEvent) this.started(event.resourcePreEvent.metadata);
        if (event.resOutputsEvent) this.ended(event.resOutputsEvent.metadata, "");
        if (event.resOpFailedEvent) this.ended(event.resOpFailedEvent.metadata, " failed");
        if (event.errorEvent) this.summary.diagnostics.push({ severity: "error", message: event.errorEvent.error.trim() });
        if (event.progressEvent) this.report(event.progressEvent.message);
        if (event.summaryEvent) {
            this.summary.counts = event.summaryEvent.resourceChanges;
            this.summary.changed = Object.entries(event.summaryEvent.resourceChanges).reduce((sum, [op, count]) => (UNCHANGED.has(op) ? sum : sum + count), 0);
            this.summary.seconds = event.summaryEvent.durationSeconds;
            this.summary.finished = event.summaryEvent.result === undefined || event.summaryEvent.result === "succeeded";
        }
    }

    private diagnostic({ urn, message, severity, ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
        const text = message.trim();
        // The debug messages of the SDK hold property values, secrets among them: they go nowhere.
        if (severity === "debug" || text === "") return;
        if (ephemeral) return this.report(urn === undefined ? text : `${nameOf(urn)}: ${text}`);
        const known = severity === "error" || severity === "warning" ? severity : "info";
        this.summary.diagnostics.push({ severity: known, message: text, urn });
    }

    private started({ op, urn, type, detailedDiff, diffs }: StepMetadata): void {
        if (UNCHANGED.has(op)) return;
        this.summary.changes.push({ op, urn, type, name: nameOf(urn), properties: detailedDiff ? Object.keys(detailedDiff) : diffs ?? [] });
        if (this.preview) return;
        const label = `${VERBS[op] ?? op} ${shortType(type)} ${nameOf(urn)}`;
        this.running.set(`${op} ${urn}`, { label, since: Date.now() });
        this.tell(label);
    }

    private ended({ op, urn, type, old, new: now }: StepMetadata, how: string): void {
        if (type === "pulumi:pulumi:Stack") this.summary.outputs = { now: now?.outputs ?? {}, before: old?.outputs ?? {} };
        this.running.delete(`${op} ${urn}`);
        this.done++;
        if (this.preview) this.report(`${this.done} resources looked at`);
        else if (how !== "") this.report(`${shortType(type)} ${nameOf(urn)}${how}`);
        else if (this.running.size > 0) this.tell([...this.running.values()][0]!.label);
    }

    private tell(label: string): void {
        const others = this.running.size - 1;
        this.report(others > 0 ? `${label} and ${others} more` : label);
    }
}

const UNCHANGED = new Set(["same", "read", "refresh"]);

const VERBS: Readonly<Record<string, string>> = {
    create: "creating",
    update: "updating",
    delete: "deleting",
    replace: "replacing",
    "create-replacement": "creating new",
    "delete-replaced": "deleting old",
    import: "importing",
};

/** The name of a resource in the program, from its URN. */
export function nameOf(urn: string): string {
    return urn.split("::").slice(3).join("::") || urn;
}

/** `Deployment` of `kubernetes:apps/v1:Deployment`. */
export function shortType(type: string): string {
    return type.slice(type.lastIndexOf(":") + 1);
}
