/** What a tool of another server says of itself: its canonical form, its hash, and validators of its schemas. */
import { createHash } from "node:crypto";
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv";
import type { Tool as ListedTool } from "@modelcontextprotocol/sdk/types.js";
import { canonicalJson } from "../approvals/hash.js";

/** All that a model or a person is told of a tool, and all that its calls are checked against. */
export interface ToolDefinition {
    title: string | null;
    description: string | null;
    inputSchema: Record<string, unknown>;
    outputSchema: Record<string, unknown> | null;
    annotations: Record<string, unknown>;
}

/** Letters of a definition; a tool that has more to say about itself is not used. */
const MOST_LETTERS = 64 * 1024;

export function definitionOf(tool: ListedTool): ToolDefinition {
    return {
        title: tool.title ?? null,
        description: tool.description ?? null,
        inputSchema: tool.inputSchema as Record<string, unknown>,
        outputSchema: (tool.outputSchema as Record<string, unknown> | undefined) ?? null,
        annotations: (tool.annotations as Record<string, unknown> | undefined) ?? {},
    };
}

/** SHA-256, hex: any change of a word, a schema or a hint gives another. */
export function definitionHash(definition: ToolDefinition): string {
    return createHash("sha256").update(canonicalJson({ version: 1, ...definition })).digest("hex");
}

/** The parts in which two definitions differ. */
export function differences(before: ToolDefinition, after: ToolDefinition): (keyof ToolDefinition)[] {
    return (Object.keys(before) as (keyof ToolDefinition)[]).filter((part) => canonicalJson(before[part]) !== canonicalJson(after[part]));
}

/** Gives what is wrong with a value, or undefined. */
export type Check = (value: unknown) => string | undefined;

export interface Checks {
    input: Check;
    output: Check;
}

/** @throws when the definition cannot be used: too long, or a schema that is none */
export function compileChecks(definition: ToolDefinition): Checks {
    if (canonicalJson(definition).length > MOST_LETTERS) throw new Error("it says more than 64 KiB about itself");
    return { input: compile(definition.inputSchema), output: definition.outputSchema === null ? () => undefined : compile(definition.outputSchema) };
}

function compile(schema: Record<string, unknown>): Check {
    // One compiler for each schema: they may have the same $id.
    const validate = new AjvJsonSchemaValidator().getValidator(withoutPatterns(schema) as Parameters<AjvJsonSchemaValidator["getValidator"]>[0]);
    return (value) => {
        const result = validate(value);
        return result.valid ? undefined : result.errorMessage.slice(0, 300);
    };
}

/** A regular expression of a stranger can keep this process busy for ever: those are left to their server to check. */
function withoutPatterns(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map(withoutPatterns);
    if (schema === null || typeof schema !== "object") return schema;
    if ("patternProperties" in schema) throw new Error("its schema uses patternProperties");
    return Object.fromEntries(
        Object.entries(schema)
            .filter(([key, value]) => key !== "pattern" || typeof value !== "string")
            .map(([key, value]) => [key, NAMED.has(key) && value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutPatterns(inner)])) : LITERAL.has(key) ? value : withoutPatterns(value)]),
    );
}

/** Keywords whose members are names, not keywords. */
const NAMED = new Set(["properties", "$defs", "definitions", "dependentSchemas"]);
/** Keywords whose values are data. */
const LITERAL = new Set(["const", "enum", "default", "examples"]);
