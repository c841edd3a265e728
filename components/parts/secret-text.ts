/**
 * Texts with random values in them, such as a database's address with its password. Who makes the values decides where
 * they are known: those of Pulumi in this program and its state, those of Vault inside the cluster alone.
 */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Vault, as External Secrets hands its values to pods. */
export interface VaultSource {
    readonly kind: "vault";
    /** Name of the ClusterSecretStore. */
    readonly store: string;
    /** Where in the store's engine the values are, each under its name. */
    readonly path: string;
    /** There once External Secrets can ask. */
    readonly ready: pulumi.Input<pulumi.Resource>;
}

/** Who makes random values: this program, which keeps them encrypted in its state, or whoever sets up Vault. */
export type SecretSource = { readonly kind: "pulumi" } | VaultSource;

/** A value that Vault has and this program never sees. */
class VaultKey {
    constructor(readonly source: VaultSource, readonly key: string) {}
}

/** A text of which a part may be Vault's. Made by `randomValue` and `secretText`. */
export class SecretText {
    constructor(private readonly parts: readonly (pulumi.Input<string> | VaultKey)[]) {}

    /** Where its random values are; undefined when all of it is known here. */
    get vault(): VaultSource | undefined {
        return this.inVault[0]?.source;
    }

    /** The names of its values in Vault, each once. */
    get keys(): string[] {
        return [...new Set(this.inVault.map(({ key }) => key))];
    }

    /** Whether it stands in this program as it is: no secret. */
    get literal(): boolean {
        return this.parts.every((part) => typeof part === "string");
    }

    /**
     * The text itself; secret.
     * @throws when a part of it is in Vault
     */
    get known(): pulumi.Output<string> {
        if (this.vault !== undefined) throw new Error(`${this.keys.join(", ")} in Vault: this program does not know the text`);
        return pulumi.secret(pulumi.concat(...(this.parts as readonly pulumi.Input<string>[])));
    }

    /** The text as a template of External Secrets, which is one of Go's: each value by its name in Vault. */
    get template(): pulumi.Output<string> {
        // Names between NULs, which no text has, so that fixed parts that touch each other are one.
        const parts = this.parts.map((part) => (part instanceof VaultKey ? `\0${part.key}\0` : part));
        return pulumi.all(parts).apply((texts) => texts.join("").split("\0").map((piece, index) => (index % 2 === 1 ? `{{ index . "${piece}" }}` : verbatim(piece))).join(""));
    }

    /** Its parts, for a longer text. */
    static partsOf(value: SecretText | pulumi.Input<string>): readonly (pulumi.Input<string> | VaultKey)[] {
        return value instanceof SecretText ? value.parts : [value];
    }

    private get inVault(): VaultKey[] {
        return this.parts.filter((part) => part instanceof VaultKey);
    }
}

/**
 * Letters and digits that nobody chose.
 * @param name of the resource that makes them, and their name in Vault
 */
export function randomValue(source: SecretSource, name: string, length: number, opts: pulumi.CustomResourceOptions): SecretText {
    return new SecretText([source.kind === "vault" ? new VaultKey(source, name) : new random.RandomPassword(name, { length, special: false }, opts).result]);
}

/** Template literal: what stands between the braces may be another such text. */
export function secretText(fixed: TemplateStringsArray, ...values: readonly (SecretText | pulumi.Input<string> | number)[]): SecretText {
    return new SecretText(fixed.flatMap((text, index) => {
        const value = values[index];
        return [text, ...(value === undefined ? [] : SecretText.partsOf(typeof value === "number" ? String(value) : value))];
    }));
}

/** A text that a template of Go's leaves as it is: two braces would begin an action, of which the second may come with the action that follows. */
function verbatim(text: string): string {
    return text.replace(/\{(?=\{|$)/g, '{{ "{" }}');
}

/** As `join` of an array. */
export function joined(texts: readonly (SecretText | string)[], separator: string): SecretText {
    return new SecretText(texts.flatMap((text, index) => [...(index === 0 ? [] : [separator]), ...SecretText.partsOf(text)]));
}
