/** The keys that sign sessions. Each has a number, so that the next one is there before the last one goes. */
import type * as pulumi from "@pulumi/pulumi";
import { randomValue, type SecretSource, type SecretText } from "../parts/secret-text";

/** Which keys there are; docs/operating.md says in which order they follow each other. */
export interface SessionKeys {
    /** The number of the key that signs. @default 1 */
    readonly signs?: number | undefined;
    /** The number of another one whose signatures are good too: the one before, else the next. @default none */
    readonly accepted?: number | undefined;
}

/** Values by the key of their secret bundle. */
export interface SessionKeyValues {
    readonly key: SecretText;
    readonly "other-key"?: SecretText;
}

export function sessionKeysOf(parent: pulumi.Resource, name: string, source: SecretSource, protect: boolean, { signs = 1, accepted }: SessionKeys): SessionKeyValues {
    const key = (number: number) => randomValue(source, `${name}-session-key${number === 1 ? "" : `-${number}`}`, 64, {
        parent,
        // One that no longer signs may go with the next change, and one that does not sign yet has signed nothing.
        protect: protect && number === signs,
    });
    return { key: key(signs), ...(accepted === undefined ? {} : { "other-key": key(accepted) }) };
}
