import { useState } from "react";
import { account as api } from "../../api/endpoints.ts";
import type { ApiKey } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Secret } from "../../components/Secret.tsx";
import { date, dateTime, fromNow } from "../../lib/format.ts";
import { useNow } from "../../state/hooks.ts";
import { useResource } from "../../state/resource.ts";
import { KeyDialog, scopeLabels } from "./KeyDialog.tsx";

/** Keys with which programs act for the person. */
export function ApiKeys() {
    const { data, error, loading, reload } = useResource<ApiKey[]>("account/keys", api.keys);
    const [making, setMaking] = useState(false);
    const [made, setMade] = useState<{ name: string; key: string } | null>(null);
    const [revoking, setRevoking] = useState<ApiKey | null>(null);
    const now = useNow(30_000);
    return (
        <section className="card" aria-labelledby="keys">
            <div className="overview-line">
                <h2 id="keys">API keys</h2>
                <Button icon="plus" onClick={() => setMaking(true)}>
                    New key
                </Button>
            </div>
            <p>With a key, a program acts for you: it can do what you allow it, and never more than you can. It cannot change your account.</p>
            {made && (
                <Secret label={`The key “${made.name}”.`} value={made.key}>
                    It is shown only now. Send it as the header “Authorization: Bearer …”.
                </Secret>
            )}
            {error && <ErrorNote error={error} doing="Loading your keys" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton rows={2} label="Loading your keys" />}
            {data && data.length > 0 && (
                <ul className="line-list" aria-label="API keys">
                    {data.map((key) => {
                        const over = key.expiresAt !== null && Date.parse(key.expiresAt) <= now;
                        return (
                            <li key={key.id}>
                                <div>
                                    <strong className="breakable">{key.name}</strong> <code>{key.prefix}…</code> {over && <span className="pill bad">expired</span>}
                                    <p className="quiet">{key.scopes.map((scope) => scopeLabels[scope] ?? scope).join(", ")}</p>
                                    <p className="quiet">
                                        Made {date(key.createdAt)} · {key.lastUsedAt ? <time title={dateTime(key.lastUsedAt)}>used {fromNow(key.lastUsedAt, now)}</time> : "never used"} ·{" "}
                                        {key.expiresAt ? `${over ? "expired" : "expires"} ${date(key.expiresAt)}` : "does not expire"}
                                    </p>
                                </div>
                                <Button icon="trash" aria-label={`Revoke ${key.name}`} onClick={() => setRevoking(key)}>
                                    Revoke
                                </Button>
                            </li>
                        );
                    })}
                </ul>
            )}
            {making && (
                <KeyDialog
                    onClose={() => setMaking(false)}
                    onMade={(key) => {
                        setMaking(false);
                        setMade(key);
                        void reload();
                    }}
                />
            )}
            {revoking && (
                <ConfirmDialog
                    title="Revoke this key?"
                    action="Revoke"
                    work={() => api.revokeKey(revoking.id)}
                    onClose={() => setRevoking(null)}
                    onDone={() => {
                        setRevoking(null);
                        setMade(null);
                        void reload();
                    }}
                >
                    <p>
                        Programs that use <strong className="breakable">{revoking.name}</strong> are refused within seconds. This cannot be undone.
                    </p>
                </ConfirmDialog>
            )}
        </section>
    );
}
