/** What distinguishes one simulated cloud from another. What is not said here follows from the package's declarations. */
import type { Props, Value } from "../sdk/values";
import type { Seed } from "./seed";
import type { Field, Schema } from "./schema";

/** An object of a simulated cloud. */
export interface CloudObject {
    type: string;
    id: string;
    urn: string;
    inputs: Props;
    outputs: Props;
    /** Everything by which others may name it: identifier, self link, address of its API. */
    handles: string[];
    /** Keys of the objects that it names. */
    references: string[];
    /** What its made-up values follow from. */
    seed: string;
    /** A replacement of it has been made, so that a new create for its URN is not meant for it. */
    superseded?: boolean;
    /** Milliseconds since 1970. */
    created: number;
    /** Others cannot see it before that moment. */
    visibleFrom?: number;
}

/** What is known while one object is made. */
export interface Making {
    type: string;
    /** The name in the program. */
    name: string;
    urn: string;
    inputs: Props;
    /** The provider's configuration. */
    config: Props;
    /** The stack's project and name, for what lives outside of its state. */
    seed: Seed;
    now: Date;
    /** The object of this cloud that `value` names, if there is one. */
    find(value: Value | undefined, type?: string): CloudObject | undefined;
    /** All objects of a type. */
    all(type: string): CloudObject[];
}

export interface Kind {
    id?(making: Making, outputs: Props): string;
    /** Outputs that the declarations cannot tell; they win over everything else but inputs that were given. */
    outputs?(making: Making): Props;
    /** Outputs among those that a preview knows already. */
    foreseen?(making: Making): Props;
    /** Inputs whose change makes a new resource, beside those that the documentation and the vendor's rule name. */
    immutable?: readonly string[];
    /** Inputs that can be changed in place although a rule says otherwise. */
    mutable?: readonly string[];
    /** Defaults that the real provider fills into the inputs. */
    defaults?: Props;
    /** What is wrong with known inputs, told at preview. */
    check?(inputs: Props): { property: string; reason: string }[];
    /** What the cloud's API refuses when it sees the other objects. */
    refuse?(making: Making): string | undefined;
    /** An update of these inputs is refused or made into a replacement by what changes, e.g. a disk that may only grow. */
    replacedBy?(before: Props, after: Props): readonly string[];
    /** A second one with the same identifier is the same object, as with IAM bindings. */
    shared?: boolean;
}

export interface Vendor {
    name: string;
    /** `gcp:compute/network:Network` and what is special about it. */
    kinds: Readonly<Record<string, Kind>>;
    /** The identifier of a new object. */
    id(making: Making, schema: Schema, outputs: Props): string;
    /** Outputs such as `selfLink` that depend on the identifier. */
    afterwards?(making: Making, id: string, schema: Schema): Props;
    /** A value for an output that nobody gave; nothing for the general rule. */
    value?(name: string, making: Making): Value | undefined;
    /** Outputs that follow from the provider's configuration, so that a preview knows them. */
    configured?(making: Making): Props;
    /** Whether `field` can only be set at creation. */
    immutable(type: string, name: string, field: Field): boolean;
    /** Whether the provider makes up names from the resource's name. */
    autonames: boolean;
    /** Names of inputs that look like references but name what exists outside: images, projects, zones. */
    outside: ReadonlySet<string>;
    /** `network` names a network also without the suffix Id. */
    namesWithoutId: boolean;
    /** Folders of the package besides a type's own one whose types its inputs may name. */
    commonModules: readonly string[];
    /** Whether a value names something that this cloud did not make and need not know. */
    isOutside?(value: string): boolean;
    /** Inputs that name another type than their name says, as `input` or `type.input`; an empty one names none. */
    aliases?: Readonly<Record<string, string>>;
    /** The answer when something that is referred to does not exist. */
    missing(name: string, value: string): string;
    /** The answer when something that is to be deleted is in use. */
    inUse(object: CloudObject, by: CloudObject): string;
    /** The answer when the name is taken. */
    exists(object: CloudObject): string;
    invokes: Readonly<Record<string, (making: Making) => Props>>;
}
