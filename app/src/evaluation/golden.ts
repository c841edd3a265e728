/** Questions with known answers, and some that have none: what retrieval and answers are measured by. */
import { readFileSync } from "node:fs";
import { appFolder } from "../env.js";

export interface GoldenQuestion {
    question: string;
    /** File name of the document that answers; absent when nothing does. */
    document?: string;
    /** Words of the passage that answers. */
    phrase?: string;
}

export type Tenant = "halden" | "pinewood";

export interface ShippedQuestion extends GoldenQuestion {
    tenant: Tenant;
    /** Who has the answer although this one asks: it must not be found. */
    trap?: Tenant;
}

/** The set that ships with the application: two invented companies and what they wrote down. */
export function shippedQuestions(): ShippedQuestion[] {
    return JSON.parse(readFileSync(appFolder("eval/golden.json"), "utf8")) as ShippedQuestion[];
}
