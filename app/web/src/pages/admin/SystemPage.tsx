import { useCallback, useMemo } from "react";
import { connections, documents, jobs, usage } from "../../api/endpoints.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Icon } from "../../components/Icon.tsx";
import { plainWords, reference } from "../../lib/errors.ts";
import { count, dateTime, fromNow, plural } from "../../lib/format.ts";
import { type Check, measured, type Probe } from "../../lib/health.ts";
import { totals } from "../../lib/usage.ts";
import { useNow, usePoll, useTitle } from "../../state/hooks.ts";
import { usePending } from "../../state/pending.tsx";
import { useResource } from "../../state/resource.ts";

const probes: Probe[] = [
    { name: "Web front", about: "serves these pages", path: "/health" },
    { name: "Conversations", about: "the agent, approvals, administration", path: "/api/me" },
    { name: "Documents", about: "takes documents and tells how far they are", path: "/api/v2/jobs" },
];

/** Whether everything works, as it looks from this browser, and what piles up. */
export function SystemPage() {
    useTitle("System");
    const checks = useResource<{ at: string; checks: Check[] }>("admin/health", async () => ({ at: new Date().toISOString(), checks: await Promise.all(probes.map(measured)) }));
    const work = useResource("jobs", jobs.list);
    const library = useResource("documents", documents.list);
    const told = useResource("admin/notifications", connections.notifications);
    const used = useResource("admin/usage", usage.list);
    const pending = usePending();
    const now = useNow(5000);
    const { reload: reloadChecks } = checks;
    const { reload: reloadWork } = work;
    const look = useCallback(() => {
        void reloadChecks();
        void reloadWork();
    }, [reloadChecks, reloadWork]);
    usePoll(look, 10_000);
    const states = useMemo(() => {
        const all = work.data ?? [];
        const waiting = all.filter(({ state }) => state === "queued");
        return {
            waiting,
            running: all.filter(({ state }) => state === "running").length,
            failed: all.filter(({ state }) => state === "failed").length,
            oldest: waiting.map(({ updatedAt }) => updatedAt).sort()[0],
        };
    }, [work.data]);
    const today = totals(used.data ?? [], ({ day }) => day === new Date(now).toISOString().slice(0, 10));
    const rows: [string, string, boolean][] = [
        ["Documents", count(library.data?.length), false],
        ["Waiting to be read", `${count(states.waiting.length)}${states.oldest ? `, the longest since ${fromNow(states.oldest, now)}` : ""}`, isLate(states.oldest, now)],
        ["Being read", count(states.running), false],
        ["Could not be read", count(states.failed), states.failed > 0],
        ["Approvals waiting", count(pending.data?.length), false],
        ["Messages about approvals", told.data?.target ? `${count(told.data.waiting)} waiting, ${count(told.data.failed)} failed` : "nobody is told", (told.data?.failed ?? 0) > 0],
        ["Language models today", used.data ? `${plural(today.calls, "call")}, ${count(today.failures)} failed` : "–", today.failures > 0],
    ];

    return (
        <>
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>System</h1>
                    <p className="quiet">As it looks from this browser. Looks again every ten seconds.</p>
                </div>
                <div className="page-actions">
                    <Button icon="retry" busy={checks.loading} onClick={look}>
                        Check now
                    </Button>
                </div>
            </header>
            {work.error && <ErrorNote error={work.error} doing="Loading the queue" />}
            {!checks.data && <Skeleton rows={3} label="Checking" />}
            {checks.data && (
                <section className="card" aria-labelledby="services">
                    <h2 id="services">Services</h2>
                    <ul className="line-list">
                        {checks.data.checks.map(({ name, about, milliseconds, error }) => (
                            <li key={name}>
                                <div>
                                    <strong>{name}</strong> <span className="quiet">{about}</span>
                                    {error && (
                                        <p className="doc-problem">
                                            {plainWords(error).title} {plainWords(error).hint} <span className="reference">{reference(error)}</span>
                                        </p>
                                    )}
                                </div>
                                <p className={`health ${error ? "bad" : "good"}`}>
                                    <Icon name={error ? "alert" : "check"} size={16} />
                                    {error ? "does not work" : `works · ${count(milliseconds)} ms`}
                                </p>
                            </li>
                        ))}
                    </ul>
                    <p className="quiet" role="status">
                        Checked {dateTime(checks.data.at)}
                    </p>
                </section>
            )}
            <section className="card" aria-labelledby="piles">
                <h2 id="piles">Work</h2>
                <dl className="facts">
                    {rows.map(([name, value, bad]) => (
                        <div key={name} className="facts-row">
                            <dt>{name}</dt>
                            <dd className={bad ? "health bad" : undefined}>
                                {bad && <Icon name="alert" size={16} />}
                                {value}
                            </dd>
                        </div>
                    ))}
                </dl>
            </section>
        </>
    );
}

/** Nobody has taken up a document for five minutes: the workers are too few, or away. */
function isLate(since: string | undefined, now: number): boolean {
    return since !== undefined && now - Date.parse(since) > 300_000;
}
