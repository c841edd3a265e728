import type { Passage } from "../../rag/passage.js";
import { changeMessage, type Citation } from "../../threads/store.js";
import { outcomesOf } from "../calls.js";
import type { GraphDeps } from "../deps.js";
import { replyTo } from "../replies.js";
import { leavable, Stopped } from "../stopping.js";
import type { State, Update } from "../state.js";
import type { TurnRun } from "../turn.js";

/** Streams the answer and writes it into the transcript. An answer that was written is not written again. */
export async function respond(deps: GraphDeps, turn: TurnRun, state: State): Promise<Update> {
    const written = turn.fresh ? undefined : await writtenAnswer(deps, turn);
    if (written !== undefined) {
        // Killed between writing and the checkpoint: the answer stands.
        turn.emit({ event: "token", data: { text: written.text } });
        written.citations.forEach((citation) => turn.emit({ event: "citation", data: citation }));
        return {};
    }
    const outcomes = await outcomesOf(deps.database, turn, state.ended);
    const found = outcomes.find((outcome) => outcome.tool === "search_documents" && outcome.status === "done");
    const passages = (found?.result as { passages: Passage[] } | undefined)?.passages;
    let text = "";
    let stopped = false;
    const citations: Citation[] = [];
    if (state.trouble === null && passages !== undefined) {
        try {
            for await (const part of deps.answerer.answer(turn.text, passages, leavable(turn), turn.principal.tenantId)) {
                if (turn.stop.aborted) {
                    stopped = true;
                    break;
                }
                if (part.type === "token") {
                    text += part.text;
                    turn.emit({ event: "token", data: { text: part.text } });
                } else {
                    const { type: _type, ...citation } = part;
                    citations.push(citation);
                    turn.emit({ event: "citation", data: citation });
                }
            }
        } catch (error) {
            if (!turn.stop.aborted) throw error;
            stopped = true;
        }
    } else {
        text = replyTo(state, outcomes);
        for (const piece of text.match(/\S+\s*/g) ?? []) {
            turn.emit({ event: "token", data: { text: piece } });
        }
    }
    turn.signal.throwIfAborted();
    await deps.database.asPrincipal(turn.principal, async (tx) => {
        if (passages !== undefined) {
            // What was quoted is in the citations; of the rest the reference is enough.
            const references = passages.map(({ id, documentId, filename, page, score }) => ({ id, documentId, filename, page, score }));
            await tx.query("update tool_calls set result = $2::jsonb where turn_id = $1 and tool = 'search_documents'", [turn.id, JSON.stringify({ passages: references })]);
        }
        // What was said so far stays; where nothing was, the end of the turn says so.
        if (!stopped || text !== "") {
            await changeMessage(tx, turn.threadId, turn.answerId, { text, status: stopped ? "stopped" : "complete", citations, once: true });
        }
    });
    if (stopped) {
        throw new Stopped();
    }
    return {};
}

async function writtenAnswer(deps: GraphDeps, turn: TurnRun): Promise<{ text: string; citations: Citation[] } | undefined> {
    const rows = await deps.database.asPrincipal(turn.principal, (tx) =>
        tx.query<{ text: string; citations: Citation[] }>("select text, citations from messages where id = $1 and status = 'complete'", [turn.answerId]));
    return rows[0];
}
