/** Bars as SVG: few numbers, said beside each bar, in light and dark. */

export interface Bar {
    label: string;
    value: number;
    /** Which colour: bars of one kind are alike in every group. */
    kind: number;
}

export interface Plot {
    title: string;
    /** What the numbers are. */
    unit: string;
    groups: readonly { name: string; bars: readonly Bar[] }[];
    /** A line that is promised. */
    bar?: number;
    digits: number;
}

const WIDTH = 760;
const LEFT = 230;
const RIGHT = 90;
const ROW = 24;
const COLOURS = ["#4361b0", "#b8862d", "#7d8794"];

/** A picture with its own text for those who do not see it. */
export function barPlot({ title, unit, groups, bar, digits }: Plot): string {
    const most = Math.max(bar ?? 0, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
    const x = (value: number) => (Math.max(0, value) / most) * (WIDTH - LEFT - RIGHT);
    const parts: string[] = [];
    let y = 56;
    for (const { name, bars } of groups) {
        if (name !== "") {
            parts.push(`<text x="12" y="${y + 15}" font-weight="600">${escape(name)}</text>`);
            y += ROW;
        }
        for (const { label, value, kind } of bars) {
            parts.push(
                `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end">${escape(label)}</text>`,
                `<rect x="${LEFT}" y="${y + 3}" width="${x(value).toFixed(1)}" height="${ROW - 8}" rx="2" fill="${COLOURS[kind % COLOURS.length]}"/>`,
                `<text x="${(LEFT + x(value) + 6).toFixed(1)}" y="${y + 15}">${value.toFixed(digits)}</text>`,
            );
            y += ROW;
        }
        y += 8;
    }
    const line = bar === undefined ? [] : [`<line x1="${(LEFT + x(bar)).toFixed(1)}" y1="50" x2="${(LEFT + x(bar)).toFixed(1)}" y2="${y}" stroke="#c0392b" stroke-dasharray="4 3"/>`, `<text x="${(LEFT + x(bar)).toFixed(1)}" y="46" text-anchor="middle" fill="#c0392b">promised: ${bar}</text>`];
    const spoken = groups.map(({ name, bars }) => `${name === "" ? "" : `${name}: `}${bars.map(({ label, value }) => `${label} ${value.toFixed(digits)}`).join(", ")}`).join("; ");
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 12}" width="${WIDTH}" height="${y + 12}" role="img" aria-label="${escape(`${title}, ${unit}. ${spoken}`)}">`,
        "<style>text { font: 13px system-ui, sans-serif; fill: #1f2933 } .back { fill: #ffffff } @media (prefers-color-scheme: dark) { text { fill: #e4e7eb } .back { fill: #16191d } }</style>",
        `<rect class="back" width="100%" height="100%"/>`,
        `<text x="12" y="24" style="font-size: 15px; font-weight: 600">${escape(title)}</text>`,
        `<text x="${WIDTH - 12}" y="24" text-anchor="end">${escape(unit)}</text>`,
        ...line,
        ...parts,
        "</svg>\n",
    ].join("\n");
}

function escape(text: string): string {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}
