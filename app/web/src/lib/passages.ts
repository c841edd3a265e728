/** Passages as a reader wants them. */
import type { Passage } from "../api/types.ts";

export interface PageOfPassages {
    page: number | null;
    passages: Passage[];
}

/** Passages in reading order, gathered by page. */
export function byPage(passages: Passage[]): PageOfPassages[] {
    const pages: PageOfPassages[] = [];
    for (const passage of [...passages].sort((a, b) => a.ordinal - b.ordinal)) {
        const page = passage.page ?? null;
        const open = pages.find((other) => other.page === page);
        if (open) {
            open.passages.push(passage);
        } else {
            pages.push({ page, passages: [passage] });
        }
    }
    return pages;
}

/** Whether a passage's heading says something its predecessor's did not. */
export function headingChanges(passage: Passage, before: Passage | undefined): boolean {
    return Boolean(passage.heading) && passage.heading !== before?.heading;
}
