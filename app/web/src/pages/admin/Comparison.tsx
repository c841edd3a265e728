import { useState } from "react";
import type { Evaluation } from "../../api/types.ts";
import { BarCell } from "../../components/Chart.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { difference, metrics, newestTwo, rankingLabel, share } from "../../lib/evaluation.ts";
import { dateTime, plural } from "../../lib/format.ts";

/** Two measurements beside each other: every number, the difference, and the questions that went wrong. */
export function Comparison({ evaluations }: { evaluations: Evaluation[] }) {
    const [firstId, setFirstId] = useState("");
    const [secondId, setSecondId] = useState("");
    const [newest, other] = newestTwo(evaluations);
    const first = evaluations.find(({ id }) => id === firstId) ?? newest;
    const second = evaluations.find(({ id }) => id === secondId) ?? other;
    const options = evaluations.map((evaluation) => ({ value: evaluation.id, label: name(evaluation) }));
    if (!first) {
        return null;
    }
    return (
        <section aria-labelledby="side-by-side">
            <h2 id="side-by-side">Side by side</h2>
            <div className="toolbar">
                <SelectField label="First" value={first.id} options={options} onChange={setFirstId} />
                {second && <SelectField label="Second" value={second.id} options={options} onChange={setSecondId} />}
            </div>
            <div className="table-scroll" tabIndex={0} role="region" aria-label="Side by side">
                <table className="data compare">
                    <thead>
                        <tr>
                            <th scope="col">Measure</th>
                            <th scope="col">{rankingLabel(first.ranking)}</th>
                            {second && <th scope="col">{rankingLabel(second.ranking)}</th>}
                            {second && <th scope="col">Difference</th>}
                        </tr>
                    </thead>
                    <tbody>
                        {metrics.map(({ key, label, about }) => (
                            <tr key={key}>
                                <th scope="row" title={about}>
                                    {label}
                                </th>
                                <BarCell value={first.scores[key]} text={share(first.scores[key])} />
                                {second && <BarCell value={second.scores[key]} text={share(second.scores[key])} />}
                                {second && <td className="nowrap">{difference(first.scores[key], second.scores[key])}</td>}
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            <dl className="meanings">
                {metrics.map(({ key, label, about }) => (
                    <div key={key}>
                        <dt>{label}</dt>
                        <dd>{about}.</dd>
                    </div>
                ))}
            </dl>
            {[first, second].map(
                (evaluation, i) =>
                    evaluation &&
                    evaluation.misses.length > 0 && (
                        <details key={`${i}-${evaluation.id}`} className="misses">
                            <summary>
                                {rankingLabel(evaluation.ranking)}: {plural(evaluation.misses.length, "question")} went wrong
                            </summary>
                            <ul className="name-list">
                                {evaluation.misses.map(({ question, why }, j) => (
                                    <li key={j}>
                                        {question} <span className="quiet">{why}</span>
                                    </li>
                                ))}
                            </ul>
                        </details>
                    ),
            )}
        </section>
    );
}

function name({ ranking, createdAt, scores }: Evaluation): string {
    return `${rankingLabel(ranking)}, ${dateTime(createdAt)}, ${plural(scores.questions, "question")}`;
}
