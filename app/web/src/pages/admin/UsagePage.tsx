import { useState } from "react";
import { usage as api } from "../../api/endpoints.ts";
import type { Usage } from "../../api/types.ts";
import { Chart } from "../../components/Chart.tsx";
import { Empty, ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { count, date } from "../../lib/format.ts";
import { byDay, byModel, dollars, type Measure, totals } from "../../lib/usage.ts";
import { useTitle } from "../../state/hooks.ts";
import { useResource } from "../../state/resource.ts";

const measures: { value: Measure; label: string }[] = [
    { value: "cost", label: "Cost in US dollars" },
    { value: "calls", label: "Calls" },
    { value: "failures", label: "Failed calls" },
    { value: "inputTokens", label: "Tokens sent" },
    { value: "outputTokens", label: "Tokens received" },
];

/** What the language models did and cost. */
export function UsagePage() {
    useTitle("Usage and cost");
    const { data, error, loading, reload } = useResource<Usage[]>("admin/usage", api.list);
    const [measure, setMeasure] = useState<Measure>("cost");
    const [days, setDays] = useState("30");
    const today = new Date().toISOString().slice(0, 10);
    const format = (value: number): string => (measure === "cost" ? dollars(value) : count(Math.round(value * 10) / 10));
    const month = totals(data ?? [], ({ day }) => day.startsWith(today.slice(0, 7)));

    return (
        <>
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>Usage and cost</h1>
                    <p className="quiet">What the language models did in the last 90 days. Days begin at midnight UTC.</p>
                </div>
            </header>
            {error && <ErrorNote error={error} doing="Loading the usage" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton label="Loading the usage" />}
            {data?.length === 0 && (
                <Empty icon="chart" title="No language model has been used">
                    <p>Answers are verbatim quotes from your documents and cost nothing. When a language model is configured, its use and cost appear here.</p>
                </Empty>
            )}
            {data && data.length > 0 && (
                <>
                    <dl className="tiles">
                        <Tile label="Cost this month" value={dollars(month.cost)} />
                        <Tile label="Calls this month" value={count(month.calls)} />
                        <Tile label="Failed this month" value={count(month.failures)} />
                        <Tile label="Tokens this month" value={count(month.inputTokens + month.outputTokens)} />
                    </dl>
                    <div className="toolbar">
                        <SelectField label="Show" value={measure} options={measures} onChange={(next) => setMeasure(next)} />
                        <SelectField
                            label="Period"
                            value={days}
                            options={[
                                { value: "7", label: "7 days" },
                                { value: "30", label: "30 days" },
                                { value: "90", label: "90 days" },
                            ]}
                            onChange={setDays}
                        />
                    </div>
                    <Chart
                        title={`${measures.find(({ value }) => value === measure)?.label} by day`}
                        of="Day"
                        points={byDay(data, measure, Number(days), today).map(({ day, value }) => ({ label: date(day), value }))}
                        format={format}
                    />
                    <Models usage={data} />
                </>
            )}
        </>
    );
}

export function Tile({ label, value, state }: { label: string; value: string; state?: "good" | "bad" | "warn" }) {
    return (
        <div className={`tile ${state ?? ""}`}>
            <dt>{label}</dt>
            <dd>{value}</dd>
        </div>
    );
}

function Models({ usage }: { usage: Usage[] }) {
    return (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="By model">
            <table className="data">
                <caption>By model, 90 days</caption>
                <thead>
                    <tr>
                        <th scope="col">Model</th>
                        <th scope="col" className="number">
                            Calls
                        </th>
                        <th scope="col" className="number">
                            Failed
                        </th>
                        <th scope="col" className="number">
                            Tokens sent
                        </th>
                        <th scope="col" className="number">
                            Tokens received
                        </th>
                        <th scope="col" className="number">
                            Cost
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {byModel(usage).map((row) => (
                        <tr key={row.model}>
                            <th scope="row" className="breakable">
                                {row.model}
                            </th>
                            <td className="number">{count(row.calls)}</td>
                            <td className="number">{count(row.failures)}</td>
                            <td className="number">{count(row.inputTokens)}</td>
                            <td className="number">{count(row.outputTokens)}</td>
                            <td className="number">{dollars(row.cost)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}
