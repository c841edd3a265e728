import { useState } from "react";
import { documents as api } from "../../api/endpoints.ts";
import type { Doc } from "../../api/types.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { batch } from "../../lib/batch.ts";
import { plural } from "../../lib/format.ts";
import { tagsFrom } from "../../lib/library.ts";

interface TagsDialogProps {
    documents: Doc[];
    /** Tags in use, offered while typing. */
    known: string[];
    onClose(): void;
    onChanged(): void;
}

/** Tags of one document as a whole, or tags to add to many. */
export function TagsDialog({ documents, known, onClose, onChanged }: TagsDialogProps) {
    const one = documents.length === 1 ? documents[0] : undefined;
    const [text, setText] = useState((one?.tags ?? []).join(", "));
    const save = async (): Promise<void> => {
        const tags = tagsFrom(text);
        const result = await batch(documents, (document) => api.tag(document.id, one ? tags : [...new Set([...(document.tags ?? []), ...tags])].slice(0, 50)));
        if (result.failed[0]) {
            throw result.failed[0].error;
        }
        onChanged();
    };
    return (
        <FormDialog title={one ? "Tags" : `Add tags to ${plural(documents.length, "document")}`} action="Save" doing="Saving the tags" work={save} onClose={onClose}>
            {one && <p className="breakable">{one.filename}</p>}
            <label>
                <span>Tags, separated by commas</span>
                <input value={text} maxLength={1000} list="known-tags" autoFocus onChange={(event) => setText(event.target.value)} />
            </label>
            <datalist id="known-tags">
                {known.map((tag) => (
                    <option key={tag} value={tag} />
                ))}
            </datalist>
            <p className="quiet">{one ? "Tags group documents: the list can be filtered by them." : "The tags they have already stay."}</p>
        </FormDialog>
    );
}
