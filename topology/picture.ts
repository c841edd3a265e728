/** The topology as an SVG: a lane for each place, people at the left, what is called to the right of who calls it. */
import { at, placeOf } from "./derive";
import { countOf, placeTitle, portsOf, tunnelParty } from "./drawing";
import { pathOf, type Way } from "./paths";
import type { Topology } from "./types";

const box = { width: 178, height: 40, gapX: 62, gapY: 14 } as const;
const lane = { title: 24, padding: 12, gap: 16, left: 20 } as const;
const column = box.width + box.gapX;

/** One colour for each way that data takes. */
const colours: Readonly<Record<Way, string>> = { machine: "#94a3b8", internal: "#64748b", tailscale: "#7c3aed", netbird: "#7c3aed", tunnel: "#ea580c", https: "#0284c7" };
const legend: readonly (readonly [Way, string])[] = [["machine", "on the machine"], ["internal", "private network"], ["tailscale", "WireGuard"], ["tunnel", "tunnel"], ["https", "TLS"]];

interface Node {
    readonly name: string;
    readonly title: string;
    readonly detail: string;
    readonly kind: "people" | "service" | "task" | "store" | "platform" | "party";
    readonly lane: string;
}

interface Placed extends Node {
    readonly x: number;
    readonly y: number;
}

interface Arrow {
    readonly from: string;
    readonly to: string;
    readonly label: string;
    readonly way: Way;
}

/** Stable: the same topology gives the same text. */
export function pictureOf(topology: Topology): string {
    const nodes = nodesOf(topology);
    const arrows = arrowsOf(topology);
    const ranks = ranksOf(nodes, arrows);
    const lanes = ["", ...topology.places.map((place) => place.name), "outside"].filter((name) => nodes.some((node) => node.lane === name));
    const placed = new Map<string, Placed>();
    const frames: string[] = [];
    const width = lane.left * 2 + lane.padding * 2 + (Math.max(...ranks.values()) + 1) * column - box.gapX;
    let top = 20;
    for (const name of lanes) {
        const here = nodes.filter((node) => node.lane === name);
        const columns = new Map<number, Node[]>();
        for (const node of here) columns.set(ranks.get(node.name)!, [...(columns.get(ranks.get(node.name)!) ?? []), node]);
        const rows = Math.max(...[...columns.values()].map((some) => some.length));
        const framed = name !== "";
        const start = top + (framed ? lane.title : 0) + (framed ? lane.padding : 0);
        for (const [rank, some] of columns) {
            some.forEach((node, row) => placed.set(node.name, { ...node, x: lane.left + lane.padding + rank * column, y: start + row * (box.height + box.gapY) }));
        }
        const height = (framed ? lane.title + lane.padding * 2 : 0) + rows * (box.height + box.gapY) - box.gapY;
        if (framed) frames.push(frame(name, topology, top, width - lane.left * 2, height));
        top += height + lane.gap;
    }
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top + 26}" viewBox="0 0 ${width} ${top + 26}" font-family="system-ui, sans-serif" role="img" aria-label="${escaped(`${topology.blueprint}: what runs where, and who calls whom`)}">`,
        `<defs>${Object.entries(colours).map(([way, colour]) => `<marker id="${way}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colour}"/></marker>`).join("")}</defs>`,
        `<rect width="100%" height="100%" fill="#ffffff"/>`,
        ...frames,
        ...arrows.map((arrow) => drawnArrow(arrow, placed)),
        ...[...placed.values()].map(drawnNode),
        drawnLegend(top),
        "</svg>",
        "",
    ].join("\n");
}

function nodesOf(topology: Topology): Node[] {
    const called = new Set(topology.flows.flatMap((flow) => [flow.from, flow.to]).concat(topology.edges.flatMap((edge) => [edge.enters, ...(edge.routes ?? []).map((route) => route.to)])));
    return [
        { name: "people", title: "people", detail: "", kind: "people", lane: "" },
        ...topology.places.flatMap((place): Node[] => {
            const here = at(topology, place.name);
            return [
                ...here.services.map((one): Node => ({ name: one.name, title: `${one.name} ${countOf(one)}`, detail: one.purpose, kind: "service", lane: place.name })),
                ...here.tasks.map((one): Node => ({ name: one.name, title: `${one.name}, once`, detail: one.purpose, kind: "task", lane: place.name })),
                // What the platform only keeps running beside the flows would hide them.
                ...here.platform.filter((one) => called.has(one.name)).map((one): Node => ({ name: one.name, title: one.name, detail: one.purpose, kind: "platform", lane: place.name })),
                ...here.stores.map((one): Node => ({ name: one.name, title: `${one.name} ${one.size}`, detail: one.purpose, kind: "store", lane: place.name })),
            ];
        }),
        ...topology.parties.map((one): Node => ({ name: one.name, title: one.name, detail: one.purpose, kind: "party", lane: "outside" })),
    ];
}

function arrowsOf(topology: Topology): Arrow[] {
    const edges = topology.edges.flatMap((edge) => {
        const way: Way = edge.kind === "private" ? edge.network : edge.kind === "tailnet" ? "tailscale" : edge.kind === "tunnel" ? "tunnel" : edge.kind === "local-port" ? "machine" : "https";
        const targets = edge.kind === "tunnel" ? [tunnelParty(topology, edge.enters)] : edge.kind === "tailnet" ? [edge.node] : [...new Set([edge.enters, ...(edge.routes ?? []).map((route) => route.to)])];
        return targets.map((to): Arrow => ({ from: "people", to, label: "", way }));
    });
    const flows = topology.flows.filter((flow) => placeOf(topology, flow.from) !== undefined).map((flow): Arrow => {
        const path = pathOf(topology, flow);
        return { from: flow.from, to: flow.to, label: portsOf(topology, flow.to, flow.port), way: "way" in path ? path.way : "internal" };
    });
    return [...edges, ...flows];
}

/** Columns: one more than the farthest caller, in graphs with circles as far as that can be. */
function ranksOf(nodes: readonly Node[], arrows: readonly Arrow[]): Map<string, number> {
    const ranks = new Map(nodes.map((node) => [node.name, node.name === "people" ? 0 : 1]));
    for (let round = 0; round < 6; round++) {
        for (const { from, to } of arrows) {
            if (arrows.some((back) => back.from === to && back.to === from)) continue;
            ranks.set(to, Math.min(6, Math.max(ranks.get(to)!, ranks.get(from)! + 1)));
        }
    }
    return ranks;
}

function frame(name: string, topology: Topology, top: number, width: number, height: number): string {
    const place = topology.places.find((one) => one.name === name);
    const title = place === undefined ? "outside" : placeTitle(place);
    return `<rect x="${lane.left}" y="${top}" width="${width}" height="${height}" rx="8" fill="${place === undefined ? "#fafaf9" : "#f1f5f9"}" stroke="#cbd5e1"/><text x="${lane.left + 10}" y="${top + 17}" font-size="12" font-weight="600" fill="#334155">${escaped(title)}</text>`;
}

const fills: Readonly<Record<Node["kind"], string>> = { people: "#fef9c3", service: "#ffffff", task: "#f8fafc", store: "#dcfce7", platform: "#ede9fe", party: "#ffedd5" };

function drawnNode({ x, y, title, detail, kind }: Placed): string {
    const round = kind === "people" || kind === "party" ? box.height / 2 : kind === "store" ? 14 : 5;
    const dashed = kind === "task" ? ` stroke-dasharray="4 3"` : "";
    const text = (content: string, at_: number, size: number, colour: string): string => `<text x="${x + box.width / 2}" y="${y + at_}" font-size="${size}" fill="${colour}" text-anchor="middle">${escaped(content)}</text>`;
    return [
        `<g><title>${escaped(`${title}${detail === "" ? "" : `: ${detail}`}`)}</title><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="${round}" fill="${fills[kind]}" stroke="#475569"${dashed}/>`,
        detail === "" ? text(title, 25, 12, "#0f172a") : text(short(title, 26), 17, 12, "#0f172a") + text(short(detail, 30), 31, 9.5, "#475569"),
        "</g>",
    ].join("");
}

function drawnArrow({ from, to, label, way }: Arrow, placed: ReadonlyMap<string, Placed>): string {
    const [a, b] = [placed.get(from), placed.get(to)];
    if (a === undefined || b === undefined) return "";
    const onward = b.x > a.x;
    const [x1, y1] = [onward ? a.x + box.width : a.x + box.width / 2, onward ? a.y + box.height / 2 : b.y > a.y ? a.y + box.height : a.y];
    const [x2, y2] = [onward ? b.x : b.x + box.width / 2, onward ? b.y + box.height / 2 : b.y > a.y ? b.y : b.y + box.height];
    const bend = onward ? Math.max(30, (x2 - x1) / 2) : 0;
    // Over the heads of the boxes between two of one row.
    const lift = onward ? (y1 === y2 && x2 - x1 > box.gapX ? -box.height * 0.9 : 0) : (y2 - y1) / 2;
    const path = `M${x1} ${y1}C${x1 + bend} ${y1 + lift} ${x2 - bend} ${onward ? y2 + lift : y2 - lift} ${x2 - (onward ? 2 : 0)} ${y2}`;
    const name = label === "" ? "" : `<text x="${onward ? x2 - 6 : x2 + 6}" y="${onward ? y2 - 4 : y2 - (b.y > a.y ? 6 : -12)}" font-size="9" fill="${colours[way]}" text-anchor="${onward ? "end" : "start"}">${escaped(label)}</text>`;
    return `<path d="${path}" fill="none" stroke="${colours[way]}" stroke-width="1.3" marker-end="url(#${way})"/>${name}`;
}

function drawnLegend(top: number): string {
    return legend.map(([way, name], index) => `<path d="M${lane.left + index * 130} ${top + 8}h24" stroke="${colours[way]}" stroke-width="2"/><text x="${lane.left + index * 130 + 30}" y="${top + 12}" font-size="11" fill="#334155">${name}</text>`).join("");
}

function short(text: string, most: number): string {
    return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
