/** Words as matching sees them: lower case, without the most common ones, cut to a rough stem. */
const COMMON = new Set(
    "a an and any are as at be been but by can could did do does for from had has have he her him his how i if in into is it its me my of on or our out she should so some tell than that the their them then there these they this those to up us was we were what when where which who whom why will with would you your about please document documents file files say says said according there".split(" "),
);

export function contentWords(text: string): string[] {
    return (text.toLowerCase().normalize("NFKC").match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !COMMON.has(word)).map(stem);
}

/** Takes off English endings; two forms of a word need only end up alike, not be words. */
function stem(word: string): string {
    if (word.length <= 3 || /\d/.test(word)) return word;
    return word
        .replace(/(?:ies|ied)$/, "y")
        .replace(/(?:ations?|ating|ated|ates)$/, "ate")
        .replace(/(?<=[^s])(?:ss?es|s)$/, (ending) => (ending === "sses" ? "ss" : ""))
        .replace(/(?<=.{3})(?:ingly|edly|ing|ed|ly)$/, "")
        .replace(/(?<=.{3})(?:ments?|ness)$/, "")
        .replace(/(.)\1$/, "$1")
        .replace(/(?<=.{3})e$/, "");
}
