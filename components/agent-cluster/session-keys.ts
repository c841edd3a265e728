/** The keys that sign sessions. Each has a number, so that the next one is there before the last one goes. */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Which keys there are; docs/operating.md says in which order they follow each other. */
export interface SessionKeys {
    /** The number of the key that signs. @default 1 */
    readonly signs?: number | undefined;
    /** The number of another one whose signatures are good too: the one before, else the next. @default none */
    readonly accepted?: number | undefined;
}

/** Values by the key of their secret bundle; secret. */
export interface SessionKeyValues {
    readonly key: pulumi.Output<string>;
    readonly "other-key"?: pulumi.Output<string>;
}

export function sessionKeysOf(parent: pulumi.Resource, name: string, protect: boolean, { signs = 1, accepted }: SessionKeys): SessionKeyValues {
    const key = (number: number) => pulumi.secret(new random.RandomPassword(`${name}-session-key${number === 1 ? "" : `-${number}`}`, { length: 64, special: false }, {
        parent,
        // One that no longer signs may go with the next change, and one that does not sign yet has signed nothing.
        protect: protect && number === signs,
    }).result);
    return { key: key(signs), ...(accepted === undefined ? {} : { "other-key": key(accepted) }) };
}
