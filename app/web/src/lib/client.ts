/** The program behind a session, as a person would call it. */

const programs: [RegExp, string][] = [
    [/\bEdg\//, "Edge"],
    [/\bOPR\//, "Opera"],
    [/\bFirefox\//, "Firefox"],
    [/\b(Headless)?Chrom(e|ium)\//, "Chrome"],
    [/\bSafari\//, "Safari"],
    [/^curl\//, "curl"],
    [/^(node|undici)\b/i, "Node.js"],
    [/python/i, "Python"],
];
const systems: [RegExp, string][] = [
    [/Android/, "Android"],
    [/iPhone|iPad/, "iOS"],
    [/Windows/, "Windows"],
    [/Macintosh|Mac OS/, "macOS"],
    [/CrOS/, "ChromeOS"],
    [/Linux/, "Linux"],
];

/** `Firefox on Windows`; the beginning of the text itself when it is none of the known. */
export function clientName(userAgent: string): string {
    const find = (known: [RegExp, string][]): string | undefined => known.find(([pattern]) => pattern.test(userAgent))?.[1];
    const program = find(programs);
    const system = find(systems);
    if (!program) {
        return userAgent.trim().slice(0, 40) || "Unknown program";
    }
    return system ? `${program} on ${system}` : program;
}
