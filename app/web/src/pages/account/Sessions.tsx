import { useState } from "react";
import { account as api } from "../../api/endpoints.ts";
import type { OwnSession } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { batch } from "../../lib/batch.ts";
import { clientName } from "../../lib/client.ts";
import { date, dateTime, fromNow } from "../../lib/format.ts";
import { useAction } from "../../state/action.ts";
import { useNow } from "../../state/hooks.ts";
import { useResource } from "../../state/resource.ts";

/** Where the person is signed in, and a way to end what is not theirs. */
export function Sessions() {
    const { data, error, loading, reload } = useResource<OwnSession[]>("account/sessions", api.sessions);
    const [ending, setEnding] = useState("");
    const action = useAction();
    const now = useNow(30_000);
    const others = (data ?? []).filter(({ current }) => !current);
    const end = (sessions: OwnSession[], key: string): void => {
        setEnding(key);
        void action.run(async () => {
            const { failed } = await batch(sessions, ({ id }) => api.endSession(id));
            await reload();
            const real = failed.find(({ error: problem }) => problem.status !== 404);
            if (real) {
                throw real.error;
            }
        });
    };
    return (
        <section className="card" aria-labelledby="sessions">
            <div className="overview-line">
                <h2 id="sessions">Where you are signed in</h2>
                {others.length > 1 && (
                    <Button busy={action.busy && ending === "all"} onClick={() => end(others, "all")}>
                        Sign out everywhere else
                    </Button>
                )}
            </div>
            {error && <ErrorNote error={error} doing="Loading your sessions" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton rows={2} label="Loading your sessions" />}
            {data && (
                <ul className="line-list" aria-label="Sessions">
                    {data.map((session) => {
                        const name = clientName(session.client);
                        return (
                            <li key={session.id}>
                                <div>
                                    <strong title={session.client}>{name}</strong> {session.current && <span className="pill">This one</span>}
                                    <p className="quiet">
                                        Signed in {date(session.createdAt)} · used <time title={dateTime(session.lastUsedAt)}>{fromNow(session.lastUsedAt, now)}</time>
                                    </p>
                                </div>
                                {!session.current && (
                                    <Button icon="signOut" busy={action.busy && ending === session.id} aria-label={`Sign out ${name}, signed in ${dateTime(session.createdAt)}`} onClick={() => end([session], session.id)}>
                                        Sign out
                                    </Button>
                                )}
                            </li>
                        );
                    })}
                </ul>
            )}
            {action.error && <ErrorNote error={action.error} doing="Signing out" />}
        </section>
    );
}
