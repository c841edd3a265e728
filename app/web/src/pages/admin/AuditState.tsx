import { admin } from "../../api/endpoints.ts";
import type { AuditCheck } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { CopyButton } from "../../components/CopyButton.tsx";
import { ErrorNote } from "../../components/Feedback.tsx";
import { Icon } from "../../components/Icon.tsx";
import { shortHash } from "../../lib/approvals.ts";
import { count, plural } from "../../lib/format.ts";
import { useResource } from "../../state/resource.ts";

/** Whether the log is what was written: every entry holds the hash of the one before. */
export function AuditState() {
    const { data, error, loading, reload } = useResource<AuditCheck>("admin/audit-check", admin.verifyAudit);
    if (error) {
        return <ErrorNote error={error} doing="Checking the log" onRetry={() => void reload()} />;
    }
    if (!data) {
        return (
            <p className="note" role="status">
                Checking every entry…
            </p>
        );
    }
    return (
        <div className={`note ${data.ok ? "good" : "bad"}`} role={data.ok ? "status" : "alert"}>
            <Icon name={data.ok ? "check" : "alert"} />
            <div>
                {data.ok ? (
                    <p>
                        <strong>Unaltered.</strong> {plural(data.entries, "entry", "entries")} checked; each holds the hash of the one before.
                    </p>
                ) : (
                    <p>
                        <strong>The log was altered{data.brokenAt === undefined ? "" : ` at entry ${count(data.brokenAt)}`}.</strong> {data.reason} Export it, keep the export, and find out who can write
                        to the database.
                    </p>
                )}
                {data.head && (
                    <p className="hash-line">
                        <span className="quiet">Head</span> <code title={data.head}>{shortHash(data.head)}</code> <CopyButton text={data.head} label="Copy the head" />
                    </p>
                )}
            </div>
            <Button busy={loading} onClick={() => void reload()}>
                Check again
            </Button>
        </div>
    );
}
