/**
 * Runs turns: those that a request brings, and those that have no replica (an approval was decided, or a
 * replica died). A turn does not depend on its reader; it ends when it is done, parked or given back.
 */
import type { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { randomUUID } from "node:crypto";
import { expireApprovals, workChannel } from "../approvals/store.js";
import type { Database } from "../db/database.js";
import type { Logger } from "../http/log.js";
import type { Metrics } from "../http/metrics.js";
import { advance, type Hooks } from "./advance.js";
import { pruneCheckpoints } from "./checkpoints.js";
import { TurnFeed } from "./feed.js";
import { keepListening } from "./listening.js";
import type { AgentGraph } from "./graph.js";
import { Stopped, stopChannel, stopTurn } from "./stopping.js";
import { RetryLater, type TurnRun } from "./turn.js";
import { claimTurn, createTurn, failTurn, finishTurn, isHopeless, keepLease, leaseMs, parkTurn, returnTurn, type ClaimedTurn, type NewTurn } from "./turns.js";

export interface EngineDeps {
    database: Database;
    graph: AgentGraph;
    checkpoints: PostgresSaver;
    log: Logger;
    metrics: Metrics;
    /** A token that acts for the person of a turn, and what ends it. */
    delegate: (turn: ClaimedTurn) => { token(): Promise<string>; end(): Promise<void> };
    /** @default 15000; tests shorten it. */
    leaseMs?: number;
    /** How often to look for work that no notification announced. @default 2000 */
    pollMs?: number;
    /** Turns that are taken up in the background at the same time. @default 4 */
    parallel?: number;
    /** How long `close` lets running turns end by themselves. @default 8000 */
    graceMs?: number;
    hooks?: Hooks;
}

export interface Engine {
    /** Starts a new turn; it goes on by itself. */
    start(turn: Omit<NewTurn, "lease">): Promise<{ turn: ClaimedTurn; feed: TurnFeed } | "busy" | "unknown-thread">;
    /** Stops taking turns, and lets the running ones reach a checkpoint and go back to the queue. */
    close(): Promise<void>;
}

/** Failures that are not the tool's but our own: after these the person is told. */
const maxTries = 5;

/** Long enough for nearly every turn, short enough for a pod's end. */
const defaultGraceMs = 8_000;

export function startEngine(deps: EngineDeps): Engine {
    const { database, log } = deps;
    const lease = deps.leaseMs ?? leaseMs;
    const replica = randomUUID();
    const running = new Map<string, { stop: AbortController; wish: AbortController; ended: Promise<void> }>();
    let background = 0;
    let closing = false;
    let looking = false;
    let lookAgain = false;

    // What the autoscaler reads: turns that this replica is working on.
    const ongoing = () => deps.metrics.set("agent_ongoing_requests", "Turns that this replica is working on.", {}, running.size);
    ongoing();
    const newLease = () => `${replica}:${randomUUID()}`;

    function launch(turn: ClaimedTurn): TurnFeed {
        const feed = new TurnFeed();
        const stop = new AbortController();
        const wish = new AbortController();
        if (turn.stopRequested) wish.abort();
        const ended = run(turn, feed, stop, wish)
            .catch((error: unknown) => log.error({ error, turn: turn.id }, "a turn ended badly; its lease will run out and it will be taken up again"))
            .finally(() => {
                running.delete(turn.id);
                ongoing();
                feed.end();
            });
        running.set(turn.id, { stop, wish, ended });
        ongoing();
        return feed;
    }

    async function run(turn: ClaimedTurn, feed: TurnFeed, stop: AbortController, wish: AbortController): Promise<void> {
        const heart = setInterval(() => {
            keepLease(database, turn, lease).then(
                (kept) => (kept === "lost" ? stop.abort(new LeaseLost()) : kept === "stop" && wish.abort()),
                // Not reached in time: the lease runs out by itself, and so does our right to go on.
                (error: unknown) => log.warn({ error, turn: turn.id }, "the lease could not be prolonged"),
            );
        }, lease / 3);
        const delegation = deps.delegate(turn);
        let ended = false;
        const turnRun: TurnRun = { ...turn, signal: stop.signal, stop: wish.signal, recorded: new Map(), token: () => delegation.token(), emit: (event) => feed.push(event) };
        feed.push({ event: "thread", data: { threadId: turn.threadId, messageId: turn.messageId } });
        try {
            if (isHopeless(turn)) {
                await giveUp(turn, feed, "too many replicas died or gave this turn back");
                return;
            }
            if ((await advance(deps.graph, turnRun, deps.hooks)) === "waits") {
                const state = await parkTurn(database, turn);
                feed.push(state === "lost" ? moved : { event: "done", data: { messageId: turn.answerId, status: "waiting" } });
            } else if ((await finishTurn(database, turn)) === "lost") {
                feed.push(moved);
            } else {
                ended = turn.session !== undefined;
                feed.push({ event: "done", data: { messageId: turn.answerId, status: "complete" } });
                await deps.checkpoints.deleteThread(turn.id);
            }
        } catch (error) {
            await handOver(turn, feed, stop, error);
        } finally {
            clearInterval(heart);
            if (!ended) await delegation.end().catch((error: unknown) => log.warn({ error, turn: turn.id }, "the turn's token could not be ended; it expires by itself"));
        }
    }

    async function handOver(turn: ClaimedTurn, feed: TurnFeed, stop: AbortController, error: unknown): Promise<void> {
        if (stop.signal.reason instanceof LeaseLost) {
            feed.push(moved);
            return;
        }
        if (error instanceof Stopped) {
            if ((await stopTurn(database, turn)) === "lost") return feed.push(moved);
            feed.push({ event: "done", data: { messageId: turn.answerId, status: "stopped" } });
            await deps.checkpoints.deleteThread(turn.id);
            return;
        }
        if (stop.signal.aborted) {
            await returnTurn(database, turn, null, 0);
            feed.push(moved);
            return;
        }
        const later = error instanceof RetryLater;
        log[later ? "warn" : "error"]({ error, turn: turn.id, attempt: turn.attempt, requestId: turn.requestId }, "a turn could not go on");
        if (!later && turn.attempt >= maxTries) {
            await giveUp(turn, feed, error instanceof Error ? error.message : String(error));
            return;
        }
        const delay = Math.min(60_000, (later ? 1_000 : 250) * 2 ** Math.min(turn.attempt, 10));
        await returnTurn(database, turn, error instanceof Error ? error.message.slice(0, 500) : "unknown", delay);
        feed.push({ event: "error", data: { code: "TURN_DELAYED", message: "This takes longer than usual. I will go on by myself, and the answer will appear in the conversation." } });
    }

    async function giveUp(turn: ClaimedTurn, feed: TurnFeed, why: string): Promise<void> {
        const text = "I could not finish this. What was done until then is shown above; please look at it before you ask again.";
        if ((await failTurn(database, turn, why.slice(0, 500), text)) === "failed") {
            feed.push({ event: "error", data: { code: "TURN_FAILED", message: text } });
            log.error({ turn: turn.id, why, requestId: turn.requestId }, "a turn was given up");
        }
    }

    /** Takes what wants a replica, as long as there is something and room for it. */
    async function look(): Promise<void> {
        if (looking) {
            lookAgain = true;
            return;
        }
        looking = true;
        try {
            do {
                lookAgain = false;
                while (!closing && background < (deps.parallel ?? 4)) {
                    const turn = await claimTurn(database, newLease(), lease);
                    if (turn === undefined) break;
                    background++;
                    launch(turn);
                    void running.get(turn.id)?.ended.finally(() => {
                        background--;
                        void look();
                    });
                }
            } while (lookAgain && !closing);
        } catch (error) {
            log.warn({ error }, "looking for waiting turns failed; it is tried again");
        } finally {
            looking = false;
        }
    }

    async function tidy(): Promise<void> {
        try {
            await database.asSystem((tx) => expireApprovals(tx));
            await pruneCheckpoints(database, deps.checkpoints);
        } catch (error) {
            log.warn({ error }, "tidying up failed; it is tried again");
        }
    }

    const stopListening = keepListening(database, workChannel, log, () => void look());
    const stopHearing = keepListening(database, stopChannel, log, (turnId) => running.get(turnId)?.wish.abort());
    const poll = setInterval(() => void look(), deps.pollMs ?? 2_000);
    const sweep = setInterval(() => void tidy(), 30_000);
    void look();

    return {
        async start(turn) {
            const created = await createTurn(database, { ...turn, lease: newLease() }, lease);
            return typeof created === "string" ? created : { turn: created, feed: launch(created) };
        },
        async close() {
            closing = true;
            clearInterval(poll);
            clearInterval(sweep);
            await Promise.all([stopListening(), stopHearing()]);
            const all = [...running.values()];
            const timer = setTimeout(() => all.forEach(({ stop }) => stop.abort(new Error("the replica stops"))), deps.graceMs ?? defaultGraceMs);
            await Promise.all(all.map(({ ended }) => ended));
            clearTimeout(timer);
        },
    };
}

const moved = { event: "error", data: { code: "TURN_MOVED", message: "The answer is continued elsewhere and will appear in the conversation." } } as const;

/** Somebody else has the turn now. */
class LeaseLost extends Error {}
