import { type FormEvent, useState } from "react";
import { documents as api } from "../../api/endpoints.ts";
import type { Doc } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorNote } from "../../components/Feedback.tsx";
import { batch } from "../../lib/batch.ts";
import { plural } from "../../lib/format.ts";
import { tagsFrom } from "../../lib/library.ts";
import { useAction } from "../../state/action.ts";

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
    const { busy, error, run } = useAction();
    const submit = (event: FormEvent): void => {
        event.preventDefault();
        const tags = tagsFrom(text);
        void run(async () => {
            const result = await batch(documents, (document) => api.tag(document.id, one ? tags : [...new Set([...(document.tags ?? []), ...tags])].slice(0, 50)));
            if (result.failed[0]) {
                throw result.failed[0].error;
            }
            onChanged();
        });
    };
    return (
        <Dialog title={one ? "Tags" : `Add tags to ${plural(documents.length, "document")}`} onClose={onClose}>
            <form onSubmit={submit}>
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
                {error && <ErrorNote error={error} doing="Saving the tags" />}
                <div className="dialog-actions">
                    <Button onClick={onClose}>Cancel</Button>
                    <Button type="submit" look="primary" busy={busy}>
                        Save
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}
