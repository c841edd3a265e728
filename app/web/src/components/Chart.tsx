/** Small plots as SVG. Each is a picture with a sentence for screen readers, and the same numbers as a table. */

export interface Point {
    label: string;
    value: number;
}

interface ChartProps {
    title: string;
    points: Point[];
    format(value: number): string;
    /** `columns` for amounts of a day, `line` for a value that goes on. */
    kind?: "columns" | "line";
    /** The top of the scale. @default a round number above the largest value */
    top?: number;
    /** What a point's label is called in the table. */
    of: string;
}

const width = 720;
const height = 180;
const left = 8;
const base = height - 22;
const roof = 22;

export function Chart({ title, points, format, kind = "columns", top, of }: ChartProps) {
    const largest = Math.max(0, ...points.map(({ value }) => value));
    const scale = top ?? rounded(largest);
    const step = (width - 2 * left) / Math.max(1, points.length);
    const y = (value: number): number => base - (scale === 0 ? 0 : (value / scale) * (base - roof));
    const x = (i: number): number => left + step * (i + 0.5);
    const first = points[0];
    const last = points.at(-1);
    return (
        <figure className="chart">
            <figcaption>{title}</figcaption>
            <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${title}. ${sentence(points, format)}`}>
                {[0, 0.5, 1].map((part) => (
                    <g key={part}>
                        <line className="chart-grid" x1={left} x2={width - left} y1={y(scale * part)} y2={y(scale * part)} />
                        {part > 0 && (
                            <text className="chart-words" x={left} y={y(scale * part) - 5}>
                                {format(scale * part)}
                            </text>
                        )}
                    </g>
                ))}
                {kind === "columns"
                    ? points.map((point, i) => (
                          <rect key={point.label} className="chart-mark" x={x(i) - step * 0.36} width={step * 0.72} y={y(point.value)} height={base - y(point.value)} rx={Math.min(3, step / 6)}>
                              <title>{`${point.label}: ${format(point.value)}`}</title>
                          </rect>
                      ))
                    : line(points, x, y, format)}
                {first && (
                    <text className="chart-words" x={left} y={height - 5}>
                        {first.label}
                    </text>
                )}
                {last && points.length > 1 && (
                    <text className="chart-words" x={width - left} y={height - 5} textAnchor="end">
                        {last.label}
                    </text>
                )}
            </svg>
            <details>
                <summary>As a table</summary>
                <div className="table-scroll" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
                    <table className="data">
                        <thead>
                            <tr>
                                <th scope="col">{of}</th>
                                <th scope="col" className="number">
                                    {title}
                                </th>
                            </tr>
                        </thead>
                        <tbody>
                            {points.map((point, i) => (
                                <tr key={i}>
                                    <th scope="row">{point.label}</th>
                                    <td className="number">{format(point.value)}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            </details>
        </figure>
    );
}

function line(points: Point[], x: (i: number) => number, y: (value: number) => number, format: (value: number) => string) {
    return (
        <>
            <polyline className="chart-line" points={points.map(({ value }, i) => `${x(i)},${y(value)}`).join(" ")} />
            {points.map((point, i) => (
                <circle key={i} className="chart-mark" cx={x(i)} cy={y(point.value)} r={4}>
                    <title>{`${point.label}: ${format(point.value)}`}</title>
                </circle>
            ))}
        </>
    );
}

/** The next of 1, 2, 5, 10, 20, … above; 1 for nothing. */
function rounded(value: number): number {
    if (value <= 0) {
        return 1;
    }
    const power = 10 ** Math.floor(Math.log10(value));
    return ([1, 2, 5, 10].find((factor) => factor * power >= value * 0.9999) ?? 10) * power;
}

function sentence(points: Point[], format: (value: number) => string): string {
    if (points.length === 0) {
        return "No values.";
    }
    const most = points.reduce((a, b) => (b.value > a.value ? b : a));
    const last = points.at(-1) as Point;
    return `${points.length} values; the largest is ${format(most.value)} (${most.label}), the last ${format(last.value)} (${last.label}).`;
}

/** A number with a bar of its share, for cells of a table. */
export function BarCell({ value, text }: { value: number | null; text: string }) {
    return (
        <td className="bar-cell">
            <span>{text}</span>
            <span className="bar" aria-hidden="true">
                <span style={{ width: `${Math.round(Math.min(1, Math.max(0, value ?? 0)) * 100)}%` }} />
            </span>
        </td>
    );
}
