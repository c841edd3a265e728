import type { Approval } from "../../api/types.ts";
import { type DiffRow, sideBySide } from "../../lib/diff.ts";
import { humanise } from "../../lib/format.ts";

/** Old and new definition of a tool side by side: each part that differs, then the rest for whoever wants it. */
export function ToolChange({ approval }: { approval: Approval }) {
    const before = record(approval.arguments.before);
    const after = record(approval.arguments.after);
    const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const differs = (part: string): boolean => written(before[part]) !== written(after[part]);
    return (
        <>
            <dl className="facts">
                <dt>Server</dt>
                <dd>{String(approval.arguments.server ?? "")}</dd>
                <dt>Tool</dt>
                <dd>
                    <code>{String(approval.arguments.tool ?? "")}</code>
                </dd>
            </dl>
            {parts.filter(differs).map((part) => (
                <Compared key={part} part={part} rows={sideBySide(written(before[part]), written(after[part]))} />
            ))}
            {parts.some((part) => !differs(part)) && (
                <details>
                    <summary>What stayed the same</summary>
                    {parts
                        .filter((part) => !differs(part))
                        .map((part) => (
                            <div key={part}>
                                <h3>{humanise(part)}</h3>
                                <pre tabIndex={0}>{written(before[part])}</pre>
                            </div>
                        ))}
                </details>
            )}
        </>
    );
}

const signs: Record<DiffRow["kind"], string> = { same: "", changed: "changed", added: "added", removed: "removed" };

function Compared({ part, rows }: { part: string; rows: DiffRow[] }) {
    return (
        <div className="diff" tabIndex={0} role="region" aria-label={`${humanise(part)}, old and new`}>
            <table>
                <caption>{humanise(part)}</caption>
                <thead>
                    <tr>
                        <th scope="col">Agreed to</th>
                        <th scope="col">Now</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row, i) => (
                        <tr key={i} className={row.kind}>
                            <td>{row.kind === "changed" || row.kind === "removed" ? <del>{row.before}</del> : row.before}</td>
                            <td>
                                {row.kind === "changed" || row.kind === "added" ? <ins>{row.after}</ins> : row.after}
                                {signs[row.kind] && <span className="visually-hidden"> ({signs[row.kind]})</span>}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

function record(value: unknown): Record<string, unknown> {
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Text as it is, anything else as JSON whose keys are in order, so that only real differences show. */
function written(value: unknown): string {
    return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(sorted(value), null, 2);
}

function sorted(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(sorted);
    }
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)).map(([key, inner]) => [key, sorted(inner)])) : value;
}
