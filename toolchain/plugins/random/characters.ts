/** Random strings that obey rules, drawn from the operating system's cryptographic source. */
import { randomInt } from "node:crypto";

export interface StringRules {
    length: number;
    lower: boolean;
    upper: boolean;
    numeric: boolean;
    special: boolean;
    minLower: number;
    minUpper: number;
    minNumeric: number;
    minSpecial: number;
    /** Used instead of the default special characters. */
    overrideSpecial?: string;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** What is wrong with the rules, as pairs of property and reason; empty when a string can be made. */
export function problemsOf(rules: StringRules): { property: string; reason: string }[] {
    const problems: { property: string; reason: string }[] = [];
    for (const property of ["minLower", "minUpper", "minNumeric", "minSpecial"] as const) {
        if (!Number.isInteger(rules[property]) || rules[property] < 0) problems.push({ property, reason: `must be a whole number of at least 0, but is ${rules[property]}` });
    }
    const least = rules.minLower + rules.minUpper + rules.minNumeric + rules.minSpecial;
    if (!Number.isInteger(rules.length) || rules.length < 1) problems.push({ property: "length", reason: `must be a whole number of at least 1, but is ${rules.length}` });
    else if (rules.length < least) problems.push({ property: "length", reason: `is ${rules.length}, but the minimums of characters add up to ${least}` });
    if (alphabet(rules).length === 0) problems.push({ property: "special", reason: "at least one of lower, upper, numeric and special must be true" });
    return problems;
}

/** A string that obeys the rules. Every character comes from the whole alphabet but for those that a minimum asks for. */
export function randomString(rules: StringRules): string {
    const required = [
        ...pick(LOWER, rules.minLower),
        ...pick(UPPER, rules.minUpper),
        ...pick(NUMERIC, rules.minNumeric),
        ...pick(specials(rules), rules.minSpecial),
    ];
    return shuffle([...required, ...pick(alphabet(rules), rules.length - required.length)]).join("");
}

function alphabet(rules: StringRules): string {
    return (rules.upper ? UPPER : "") + (rules.lower ? LOWER : "") + (rules.numeric ? NUMERIC : "") + (rules.special ? specials(rules) : "");
}

function specials(rules: StringRules): string {
    return rules.overrideSpecial ? rules.overrideSpecial : SPECIAL;
}

function pick(characters: string, count: number): string[] {
    // Code points, so that an override may hold characters beyond the basic plane.
    const choices = [...characters];
    return Array.from({ length: count }, () => choices[randomInt(choices.length)]!);
}

/** Fisher and Yates: every order is equally likely. */
function shuffle(items: string[]): string[] {
    for (let last = items.length - 1; last > 0; last--) {
        const other = randomInt(last + 1);
        [items[last], items[other]] = [items[other]!, items[last]!];
    }
    return items;
}
