/** Tags as small words; where a click means something, as buttons. */
export function Tags({ tags, of, onChoose }: { tags: readonly string[]; of: string; onChoose?(tag: string): void }) {
    if (tags.length === 0) {
        return null;
    }
    return (
        <ul className="tags" aria-label={`Tags of ${of}`}>
            {tags.map((tag) => (
                <li key={tag}>
                    {onChoose ? (
                        <button type="button" className="tag" title={`Show only what has the tag “${tag}”`} onClick={() => onChoose(tag)}>
                            {tag}
                        </button>
                    ) : (
                        <span className="tag">{tag}</span>
                    )}
                </li>
            ))}
        </ul>
    );
}
