import { type FormEvent, useState } from "react";
import { connections as api } from "../../api/endpoints.ts";
import type { Notifications, WebhookSource } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { CopyButton } from "../../components/CopyButton.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Secret } from "../../components/Secret.tsx";
import { date, plural } from "../../lib/format.ts";
import { useAction } from "../../state/action.ts";
import { useTitle } from "../../state/hooks.ts";
import { useResource } from "../../state/resource.ts";

/** Who is told about approvals, and who may send events to the agent. */
export function ConnectionsPage() {
    useTitle("Connections");
    return (
        <>
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>Connections</h1>
                    <p className="quiet">Other systems that this application tells, and that may tell it.</p>
                </div>
            </header>
            <NotificationTarget />
            <Sources />
        </>
    );
}

function NotificationTarget() {
    const { data, error: failure, loading, reload } = useResource<Notifications>("admin/notifications", api.notifications);
    const [url, setUrl] = useState("");
    const [secret, setSecret] = useState("");
    const [removing, setRemoving] = useState(false);
    const { busy, error, run } = useAction();
    const save = (event: FormEvent): void => {
        event.preventDefault();
        void run(async () => {
            const made = await api.notify(url.trim());
            setSecret(made.secret);
            setUrl("");
            await reload();
        });
    };
    return (
        <section className="card" aria-labelledby="notifications">
            <h2 id="notifications">Tell about approvals</h2>
            <p>Every request for approval, decision and expiry is sent to this address, signed. So people can hear of it in the program they use anyway.</p>
            {failure && <ErrorNote error={failure} doing="Loading the address" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton rows={1} label="Loading the address" />}
            {data?.target && (
                <div className="overview-line">
                    <p className="breakable">
                        <strong>{data.target.url}</strong>
                        {data.waiting > 0 && ` · ${plural(data.waiting, "message")} waiting to be sent`}
                        {data.failed > 0 && ` · ${plural(data.failed, "message")} could not be sent`}
                    </p>
                    <Button icon="trash" onClick={() => setRemoving(true)}>
                        Tell nobody
                    </Button>
                </div>
            )}
            {secret && (
                <Secret label="The secret of the signatures." value={secret}>
                    The receiver checks the header X-Signature with it. It is shown only now.
                </Secret>
            )}
            <form className="inline-form" onSubmit={save}>
                <label>
                    <span>{data?.target ? "Another address" : "Address"}</span>
                    <input type="url" value={url} required pattern="https?://.*" maxLength={2000} placeholder="https://chat.example.com/hooks/approvals" onChange={(event) => setUrl(event.target.value)} />
                </label>
                <Button type="submit" busy={busy}>
                    {data?.target ? "Change" : "Save"}
                </Button>
            </form>
            {error && <ErrorNote error={error} doing="Saving the address" />}
            {removing && (
                <ConfirmDialog
                    title="Tell nobody about approvals?"
                    action="Tell nobody"
                    work={api.notifyNobody}
                    onClose={() => setRemoving(false)}
                    onDone={() => {
                        setRemoving(false);
                        setSecret("");
                        void reload();
                    }}
                >
                    <p>Requests still appear among the approvals here. What is waiting to be sent is dropped.</p>
                </ConfirmDialog>
            )}
        </section>
    );
}

function Sources() {
    const { data, error: failure, loading, reload } = useResource<WebhookSource[]>("admin/webhooks", api.webhooks);
    const [name, setName] = useState("");
    const [made, setMade] = useState<{ source: string; secret: string } | null>(null);
    const [asking, setAsking] = useState<{ source: string; what: "remove" | "renew" } | null>(null);
    const { busy, error, run } = useAction();
    const allow = async (source: string): Promise<void> => {
        setMade(await api.allow(source));
        setName("");
        await reload();
    };
    return (
        <section className="card" aria-labelledby="sources">
            <h2 id="sources">Who may send events</h2>
            <p>Each source gets an address and a secret. What it sends becomes a conversation on which the agent acts, on behalf of the administrator who made the source.</p>
            {failure && <ErrorNote error={failure} doing="Loading the sources" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton rows={2} label="Loading the sources" />}
            {made && (
                <Secret label={`The secret of ${made.source}.`} value={made.secret}>
                    Events are signed with it. It is shown only now.
                </Secret>
            )}
            {data && data.length > 0 && (
                <ul className="line-list" aria-label="Sources">
                    {data.map(({ source, createdAt }) => (
                        <li key={source}>
                            <div>
                                <strong>{source}</strong> <span className="quiet">since {date(createdAt)}</span>
                                <p className="hash-line">
                                    <code>{address(source)}</code>
                                    <CopyButton text={address(source)} label={`Copy the address of ${source}`} />
                                </p>
                            </div>
                            <div className="page-actions">
                                <Button icon="key" onClick={() => setAsking({ source, what: "renew" })} aria-label={`New secret for ${source}`}>
                                    New secret
                                </Button>
                                <Button icon="trash" onClick={() => setAsking({ source, what: "remove" })} aria-label={`Remove ${source}`}>
                                    Remove
                                </Button>
                            </div>
                        </li>
                    ))}
                </ul>
            )}
            <form
                className="inline-form"
                onSubmit={(event) => {
                    event.preventDefault();
                    void run(() => allow(name.trim()));
                }}
            >
                <label>
                    <span>Name of a new source: small letters, digits, hyphens</span>
                    <input value={name} required pattern="[a-z0-9][a-z0-9\-]{2,62}" maxLength={63} spellCheck={false} placeholder="shop-system" onChange={(event) => setName(event.target.value)} />
                </label>
                <Button type="submit" busy={busy}>
                    Add
                </Button>
            </form>
            {error && <ErrorNote error={error} doing="Adding the source" />}
            {asking && (
                <ConfirmDialog
                    title={asking.what === "remove" ? `Remove ${asking.source}?` : `New secret for ${asking.source}?`}
                    action={asking.what === "remove" ? "Remove" : "Make a new secret"}
                    work={() => (asking.what === "remove" ? api.forbid(asking.source).then(() => reload()) : allow(asking.source))}
                    onClose={() => setAsking(null)}
                    onDone={() => setAsking(null)}
                >
                    <p>{asking.what === "remove" ? "Its events are refused from now on. Conversations that it began stay." : "The old secret stops working at once."}</p>
                </ConfirmDialog>
            )}
        </section>
    );
}

function address(source: string): string {
    return `${window.location.origin}/api/webhooks/${source}`;
}
