import { SearchField } from "../../components/SearchField.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { count } from "../../lib/format.ts";
import type { Filter, ItemState, Summary } from "../../lib/library.ts";

interface ToolbarProps {
    filter: Filter;
    tags: string[];
    summary: Summary;
    shown: number;
    /** Whether all, some or none of the shown documents are chosen. */
    chosen: "all" | "some" | "none";
    onFilter(filter: Filter): void;
    onChooseAll(chosen: boolean): void;
}

const states: { value: ItemState; label: string }[] = [
    { value: "ready", label: "Ready" },
    { value: "working", label: "In progress" },
    { value: "failed", label: "Failed" },
    { value: "cancelled", label: "Cancelled" },
];

/** Narrows the list and chooses all that is shown. */
export function Toolbar({ filter, tags, summary, shown, chosen, onFilter, onChooseAll }: ToolbarProps) {
    return (
        <div className="toolbar" role="group" aria-label="Narrow the list">
            <label className="check">
                <input
                    type="checkbox"
                    checked={chosen === "all"}
                    disabled={shown === 0}
                    ref={(box) => {
                        if (box) {
                            box.indeterminate = chosen === "some";
                        }
                    }}
                    onChange={(event) => onChooseAll(event.target.checked)}
                />
                <span>Choose all{shown < summary.total ? ` ${count(shown)} shown` : ""}</span>
            </label>
            <SearchField label="Find a document" value={filter.words} onChange={(words) => onFilter({ ...filter, words })} />
            <SelectField
                label="State"
                hideLabel
                value={filter.state}
                options={[{ value: "all", label: `All states (${count(summary.total)})` }, ...states.map(({ value, label }) => ({ value, label: `${label} (${count(summary.states[value])})` }))]}
                onChange={(state) => onFilter({ ...filter, state })}
            />
            {tags.length > 0 && (
                <SelectField
                    label="Tag"
                    hideLabel
                    value={filter.tag}
                    options={[{ value: "", label: "Every tag" }, ...tags.map((tag) => ({ value: tag, label: tag }))]}
                    onChange={(tag) => onFilter({ ...filter, tag })}
                />
            )}
        </div>
    );
}
