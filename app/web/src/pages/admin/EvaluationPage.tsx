import { useState } from "react";
import { evaluation as api } from "../../api/endpoints.ts";
import type { Evaluation, GoldenQuestion, Ranking } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Chart } from "../../components/Chart.tsx";
import { Empty, ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { rankingLabel, rankings, share } from "../../lib/evaluation.ts";
import { dateTime, plural } from "../../lib/format.ts";
import { useAction } from "../../state/action.ts";
import { useTitle } from "../../state/hooks.ts";
import { changeResource, useResource } from "../../state/resource.ts";
import { Comparison } from "./Comparison.tsx";
import { GoldenDialog } from "./GoldenDialog.tsx";

/** How well search and answers do on questions with known answers, and two configurations beside each other. */
export function EvaluationPage() {
    useTitle("Evaluation");
    const golden = useResource<GoldenQuestion[]>("admin/golden", api.questions);
    const done = useResource<Evaluation[]>("admin/evaluations", api.list);
    const [editing, setEditing] = useState(false);
    const [chosen, setChosen] = useState<Ranking[]>(["hybrid", "dense"]);
    const { busy, error, run } = useAction();
    const questions = golden.data ?? [];
    const measure = (): void =>
        void run(async () => {
            await api.measure(chosen);
            await done.reload();
        });

    return (
        <>
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>Evaluation</h1>
                    <p className="quiet">Measures search and answers with questions whose answers you know.</p>
                </div>
            </header>
            {golden.error && <ErrorNote error={golden.error} doing="Loading the questions" onRetry={() => void golden.reload()} />}
            <section className="card" aria-labelledby="golden">
                <div className="overview-line">
                    <h2 id="golden">Questions with known answers</h2>
                    <Button icon="pencil" disabled={!golden.data} onClick={() => setEditing(true)}>
                        {questions.length === 0 ? "Add questions" : "Edit"}
                    </Button>
                </div>
                <p>
                    {golden.data && questions.length === 0
                        ? "There are none yet. Twenty questions that your colleagues really ask are a good beginning; add some that your documents do not answer."
                        : `${plural(questions.length, "question")}, of which ${plural(questions.filter(({ phrase }) => phrase === undefined).length, "has", "have")} no answer in the documents.`}
                </p>
                {questions.length > 0 && (
                    <form
                        className="measure"
                        onSubmit={(event) => {
                            event.preventDefault();
                            measure();
                        }}
                    >
                        <fieldset>
                            <legend>Measure</legend>
                            {rankings.map(({ value, label, about }) => (
                                <label key={value} className="check">
                                    <input
                                        type="checkbox"
                                        checked={chosen.includes(value)}
                                        onChange={(event) => setChosen(event.target.checked ? [...chosen, value] : chosen.filter((other) => other !== value))}
                                    />
                                    <span>
                                        {label} <span className="quiet">{about}</span>
                                    </span>
                                </label>
                            ))}
                        </fieldset>
                        <Button type="submit" look="primary" icon="chart" busy={busy} disabled={chosen.length === 0}>
                            {busy ? "Measuring…" : "Measure now"}
                        </Button>
                        <p role="status" className="quiet">
                            {busy ? "This asks every question once per configuration; it can take minutes. You can stay or come back later." : ""}
                        </p>
                    </form>
                )}
                {error && <ErrorNote error={error} doing="Measuring" onRetry={measure} />}
            </section>
            {done.error && <ErrorNote error={done.error} doing="Loading what was measured" onRetry={() => void done.reload()} />}
            {!done.data && done.loading && <Skeleton label="Loading what was measured" />}
            {done.data?.length === 0 && questions.length > 0 && (
                <Empty icon="chart" title="Nothing has been measured yet">
                    <p>Choose what to measure and start; the results are kept, so that you can see what a change brought.</p>
                </Empty>
            )}
            {done.data && done.data.length > 0 && (
                <>
                    <Comparison evaluations={done.data} />
                    <History evaluations={done.data} />
                </>
            )}
            {editing && (
                <GoldenDialog
                    questions={questions}
                    onClose={() => setEditing(false)}
                    onSaved={(saved) => {
                        changeResource<GoldenQuestion[]>("admin/golden", () => saved);
                        setEditing(false);
                    }}
                />
            )}
        </>
    );
}

/** How one configuration's ranking went from measurement to measurement. */
function History({ evaluations }: { evaluations: Evaluation[] }) {
    const used = rankings.filter(({ value }) => evaluations.some(({ ranking }) => ranking === value));
    const [ranking, setRanking] = useState<Ranking>(used[0]?.value ?? "hybrid");
    const points = evaluations
        .filter((evaluation) => evaluation.ranking === ranking)
        .toReversed()
        .map(({ createdAt, scores }) => ({ label: dateTime(createdAt), value: scores.ndcg10 }));
    return (
        <section aria-labelledby="over-time">
            <div className="overview-line">
                <h2 id="over-time">Over time</h2>
                {used.length > 1 && <SelectField label="Configuration" hideLabel value={ranking} options={used} onChange={(value) => setRanking(value)} />}
            </div>
            <Chart title={`Ranking (nDCG@10), ${rankingLabel(ranking)}`} of="Measured" kind="line" top={1} points={points} format={share} />
        </section>
    );
}
