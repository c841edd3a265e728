/** Paths as messages write them, e.g. `spec.containers[0].env["A.B"]`, taken apart; see `Value.path`. */
export function keysOf(path: string): (string | number)[] {
    return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, word]) => (index !== undefined ? Number(index) : quoted !== undefined ? (JSON.parse(quoted) as string) : word!));
}
