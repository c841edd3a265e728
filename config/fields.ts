/** What a table of configuration fields is made of. The description of a field completes the sentence "must be …". */
import { z } from "zod";
import { parseMemory } from "../topology/quantities";

export type Fields = Readonly<Record<string, z.ZodType>>;

/** The values of a table, once each is right by itself. */
export type Values<F extends Fields> = { readonly [K in keyof F]: z.output<F[K]> };

/** What configuration is made of, before it is checked. */
export interface RawConfig {
    /** Keys without the project's prefix; values as the Pulumi CLI hands them over: text, JSON for objects. */
    readonly values: Readonly<Record<string, string>>;
    /** Keys that are encrypted in the stack file. */
    readonly secretKeys: ReadonlySet<string>;
    /** Contents of .agent-platform/images.json, if there is one. */
    readonly builtImages?: string;
    /** The kubeconfig of the local cluster, if there is one. */
    readonly localKubeconfig?: string;
}

/** One thing that is wrong with the configuration. */
export interface ConfigFinding {
    readonly key: string;
    /** What is set now; never that of a secret. */
    readonly value?: string;
    readonly problem: string;
}

/** What is known when each field has been looked at alone. */
export interface Reading<F extends Fields> {
    /** Of fields that are right by themselves. */
    readonly values: Partial<Values<F>>;
    readonly raw: RawConfig;
    /** Whether the stack's file sets this key, rightly or not. */
    has(key: keyof F & string): boolean;
}

/** Everything about the configuration of one blueprint. */
export interface BlueprintConfig<F extends Fields, C> {
    readonly fields: F;
    /** What is wrong between fields that may each be right. */
    check(reading: Reading<F>): ConfigFinding[];
    /** The configuration as the blueprint wants it; called when nothing is wrong. */
    finish(values: Values<F>, raw: RawConfig): C;
}

/** Lets the compiler find the types of a blueprint's table by itself. */
export function blueprintConfig<F extends Fields, C>(definition: BlueprintConfig<F, C>): BlueprintConfig<F, C> {
    return definition;
}

/**
 * Marks a field that has to be encrypted in the stack file and is never shown.
 * @param holds whether there is a secret in this text, for one that may do without. @default always
 */
export function secret<T extends z.ZodType>(field: T, holds: (text: string) => boolean = () => true): T {
    return field.meta({ ...field.meta(), secret: true, holds });
}

export function isSecretField(field: z.ZodType): boolean {
    return field.meta()?.["secret"] === true;
}

export function holdsSecret(field: z.ZodType, text: string): boolean {
    const holds = field.meta()?.["holds"];
    return typeof holds === "function" && holds(text) === true;
}

export const dnsName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function text() {
    return z.string().min(1);
}

export function whole(least: number, most: number) {
    return z.string().regex(/^\d{1,9}$/).transform(Number).pipe(z.number().min(least).max(most));
}

export function yesNo() {
    return z.enum(["true", "false"]).transform((text) => text === "true");
}

export function email() {
    return z.string().max(254).regex(/^[^\s@"<>]+@[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i);
}

/** `agents.example.com`: at least one dot. */
export function hostname() {
    return z.string().regex(dnsName).includes(".");
}

export function storageSize() {
    return z.string().refine((text) => (parseMemory(text) ?? 0) >= 2 ** 30);
}

/** An object or list, which the CLI hands over as JSON. */
export function json<T extends z.ZodType>(inner: T) {
    return z.preprocess(parseJson, inner);
}

export function parseJson(text: unknown): unknown {
    try {
        return JSON.parse(String(text));
    } catch {
        return undefined;
    }
}
