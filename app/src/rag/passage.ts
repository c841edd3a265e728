import type { Principal } from "../db/database.js";
import type { Filter } from "./filter.js";
import type { RankingName } from "./ranking.js";

/** A retrieved passage, as `POST /search` returns it. */
export interface Passage {
    id: string;
    documentId: string;
    filename: string;
    /** Undefined pages do not exist in a format without pages; then this is null. */
    page: number | null;
    heading: string;
    text: string;
    score: number;
    /** Cosine with the question: how near in meaning, comparable between questions. */
    similarity: number;
}

/** On whose behalf another service is called. */
export interface Caller {
    /** The verified token of the user, forwarded as Bearer. */
    token: string;
    requestId: string;
    principal: Principal;
    signal?: AbortSignal;
}

/** Finds passages: over HTTP in a cluster, directly in the embedded mode. */
export interface Retriever {
    search(caller: Caller, query: string, options?: { k?: number; filter?: Filter; ranking?: RankingName }): Promise<Passage[]>;
}
