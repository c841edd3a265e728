/** File names as people may see them. They are never used as paths. */

const MAX_LENGTH = 200;

/** Removes folders, control and direction-changing characters, and whatever else misleads; never returns nothing. */
export function displayName(given: string | undefined): string {
    const name = (given ?? "")
        .normalize("NFC")
        // Lone halves of surrogate pairs, which no database takes.
        .toWellFormed()
        .split(/[/\\]/)
        .at(-1)!
        // Controls, invisible and bidirectional marks (a name that reads "fdp.exe" backwards), and private use.
        .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, "")
        .replace(/[<>:"|?*\ufffd]/g, "_")
        .replace(/\s+/g, " ")
        .trim()
        .replace(/^\.+/, "");
    if (name === "") return "document";
    const characters = [...name];
    if (characters.length <= MAX_LENGTH) return name;
    const extension = /\.[^.]{1,10}$/.exec(name)?.[0] ?? "";
    return `${characters.slice(0, MAX_LENGTH - extension.length - 1).join("")}…${extension}`;
}

/** The value of a Content-Disposition header that saves under `name` and cannot break out of it. */
export function attachment(name: string): string {
    const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
    const encoded = encodeURIComponent(name).replace(/['()*!]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
    return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
