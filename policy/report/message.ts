/** Takes a message of the pack apart again; see `messageOf` and `decide`. */
import type { Result } from "./model";

export type Parts = Pick<Result, "path" | "what" | "why" | "fix" | "waiver" | "note"> & { undetermined: boolean };

/** The parts of a message; what has another form is all `what`. */
export function partsOf(message: string): Parts {
    const [first = "", ...rest] = message.trim().split("\n");
    const line = (name: string) => rest.find(text => text.startsWith(`  ${name}  `))?.slice(name.length + 4);
    const [waiver, note] = [line("waived"), line("note")];
    // The engine's own messages have lines of another kind; nothing of them is lost.
    const others = rest.filter(text => !/^ {2}(why|fix|waived|note) {2}/.test(text));
    const head = /^(?:[\w-]+: )(undetermined, because )?(?:`([^`]*)` )?(.*)$/s.exec([first, ...others].join("\n"));
    return {
        undetermined: head?.[1] !== undefined,
        path: head?.[2] ?? "",
        what: head?.[3] ?? message.trim(),
        why: line("why") ?? "",
        fix: line("fix") ?? "",
        ...(waiver && { waiver }),
        ...(note && { note }),
    };
}
