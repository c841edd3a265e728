import { useState } from "react";
import { evaluation as api } from "../../api/endpoints.ts";
import type { GoldenQuestion } from "../../api/types.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { questionsAsText, questionsFrom } from "../../lib/evaluation.ts";
import { plural } from "../../lib/format.ts";

/** The server takes so many, since more take longer than a request may. */
const most = 200;

interface GoldenDialogProps {
    questions: GoldenQuestion[];
    onClose(): void;
    onSaved(questions: GoldenQuestion[]): void;
}

/** The whole set as text, a question a line: quick to write, and to paste from a table. */
export function GoldenDialog({ questions, onClose, onSaved }: GoldenDialogProps) {
    const [text, setText] = useState(() => questionsAsText(questions));
    const read = questionsFrom(text);
    const problems = read.questions.length > most ? [...read.problems, `These are ${read.questions.length} questions; ${most} are the most.`] : read.problems;
    return (
        <FormDialog title="Questions with known answers" className="wide" action="Save" doing="Saving the questions" disabled={problems.length > 0} work={() => api.replace(read.questions).then(onSaved)} onClose={onClose}>
            <p>
                One question a line: <code>question | words of the passage that answers | file name</code>. The file name may be left out. A question alone is one that the documents do not
                answer.
            </p>
            <label>
                <span>Questions</span>
                <textarea
                    className="field-text mono"
                    rows={12}
                    value={text}
                    spellCheck={false}
                    aria-describedby="golden-state"
                    placeholder={"How many days of leave are there? | 28 days of leave | leave.pdf\nWhat does the moon weigh?"}
                    onChange={(event) => setText(event.target.value)}
                />
            </label>
            <div id="golden-state" role="status">
                {problems.length === 0 ? (
                    <p className="quiet">{plural(read.questions.length, "question")}</p>
                ) : (
                    <ul className="doc-problem">
                        {problems.slice(0, 5).map((problem) => (
                            <li key={problem}>{problem}</li>
                        ))}
                    </ul>
                )}
            </div>
        </FormDialog>
    );
}
