/**
 * Writes docs/components/<name>.md from the declarations of the four public components: every input with what it means,
 * its default and where it is declared. Run it to write the pages anew: `node --import tsx components/api.ts`.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { repository } from "../toolchain/core/paths";

/** One input of a component. */
export interface Input {
    readonly name: string;
    readonly type: string;
    readonly optional: boolean;
    readonly description: string;
    readonly default: string;
    /** File of its declaration. */
    readonly source: string;
}

/** An interface of inputs. */
export interface InputGroup {
    readonly name: string;
    readonly description: string;
    /** Interfaces whose inputs it has too. */
    readonly extends: readonly string[];
    readonly inputs: readonly Input[];
}

export const components = { "agent-cluster": "AgentCluster", "rag-service": "RagService", "upload-pipeline": "UploadPipeline", "tunnel-edge": "TunnelEdge" } as const;
export type ComponentFolder = keyof typeof components;

/** The interfaces that a caller fills in: those that platforms.ts or forms.ts names, and what they are made of. */
export function inputsOf(folder: ComponentFolder): InputGroup[] {
    const root = join(repository, "components", folder);
    const all = filesIn(root).flatMap((path) => groupsIn(path));
    const kinds = readFileSync(join(root, folder === "agent-cluster" ? "platforms.ts" : "forms.ts"), "utf8");
    const wanted = new Set([...kinds.matchAll(/\bargs: (\w+)/g)].map((match) => match[1]!));
    for (const name of wanted) {
        for (const group of all.filter((one) => one.name === name)) {
            for (const more of [...group.extends, ...group.inputs.filter((input) => chosen.includes(input.name)).map((input) => input.type)]) for (const word of more.match(/\w+/g) ?? []) wanted.add(word);
        }
    }
    return all
        .filter((group) => wanted.has(group.name))
        .map((group) => ({ ...group, inputs: group.inputs.filter((input) => !chosen.includes(input.name)) }))
        .filter((group) => group.inputs.length > 0);
}

/** Inputs that choose a kind; the interface of each kind has a table of its own. */
const chosen: readonly string[] = ["platform", "form"];

export function pageOf(folder: ComponentFolder): string {
    return join(repository, "docs", "components", `${folder}.md`);
}

/** The whole page, from the code alone. */
export function pageFor(folder: ComponentFolder): string {
    const source = parse(join(repository, "components", folder, "index.ts"));
    const component = source.statements.find(ts.isClassDeclaration)!;
    const groups = inputsOf(folder).map(({ name, description, extends: more, inputs }) => [
        `## ${name}`,
        ...(description === "" ? [] : [description]),
        ...(more.length === 0 ? [] : [`Has the inputs of ${more.map((one) => `\`${one}\``).join(" and ")} too.`]),
        [
            "| input | type | what it is | default | declared in |",
            "|---|---|---|---|---|",
            ...inputs.map((input) => `| \`${input.name}\` | \`${cell(input.type)}\` | ${cell(input.description)} | ${input.optional ? cell(input.default) : "must be given"} | ${input.source} |`),
        ].join("\n"),
    ].join("\n\n"));
    const example = readFileSync(join(repository, "examples", `${folder}.ts`), "utf8").trim();
    return `<!-- generated: node --import tsx components/api.ts -->
# ${components[folder]}
${documentation(component).text}

\`\`\`ts
${example}
\`\`\`

The example is [examples/${folder}.ts](../../examples/${folder}.ts); a test runs it.

${groups.join("\n\n")}
`;
}

function filesIn(folder: string): string[] {
    return readdirSync(folder)
        .sort()
        .flatMap((name) => {
            const path = join(folder, name);
            if (statSync(path).isDirectory()) return filesIn(path);
            return name.endsWith(".ts") && !name.endsWith(".test.ts") ? [path] : [];
        });
}

function groupsIn(path: string): InputGroup[] {
    const source = parse(path);
    return source.statements.filter(ts.isInterfaceDeclaration).filter((one) => isExported(one) && /(Args|Platform|Form)$/.test(one.name.text) && !one.name.text.startsWith("Resolved") && !one.name.text.startsWith("Built")).flatMap((declaration) => {
        const inputs = declaration.members.filter(ts.isPropertySignature).map((member): Input => {
            const { text, byDefault } = documentation(member);
            return {
                name: member.name.getText(source),
                type: member.type?.getText(source).replace(/\s+/g, " ") ?? "unknown",
                optional: member.questionToken !== undefined,
                description: text,
                default: byDefault,
                source: relative(repository, path),
            };
        }).filter(({ name }) => !["kind", "transform"].includes(name));
        return inputs.length === 0 ? [] : [{ name: declaration.name.text, description: documentation(declaration).text, extends: (declaration.heritageClauses ?? []).flatMap((clause) => clause.types.map((type) => type.getText(source))), inputs }];
    });
}

function parse(path: string): ts.SourceFile {
    return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2023, true);
}

function isExported(node: ts.InterfaceDeclaration): boolean {
    return node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

/** What its comment says, and after `@default` what it is when nothing is said. */
function documentation(node: ts.Node): { text: string; byDefault: string } {
    const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
    if (comment === undefined) return { text: "", byDefault: "" };
    const tag = comment.tags?.find((one) => one.tagName.text === "default");
    return { text: plain(comment.comment), byDefault: plain(tag?.comment) };
}

function plain(comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
    return (ts.getTextOfJSDocComment(comment) ?? "").trim().replace(/\s*\n\s*/g, " ");
}

function cell(text: string): string {
    return text.replaceAll("|", "\\|");
}

if (require.main === module) {
    for (const folder of Object.keys(components) as ComponentFolder[]) writeFileSync(pageOf(folder), pageFor(folder));
}
