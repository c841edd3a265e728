/** Random values that stay the same until their inputs, or what they keep watch over, change. */
import { diff } from "../sdk/diff";
import { PluginError } from "../sdk/failure";
import type { Provider } from "../sdk/provider";
import { conceal, hasUnknown, isObject, pathOf, revealProps, secret, type Path, type Props } from "../sdk/values";
import { kinds, previewOutputs, type Kind } from "./resources";

export function randomProvider(version: string): Provider {
    return {
        name: "random",
        version,
        async check({ type, news }) {
            const inputs = revealProps(news);
            return { inputs: news, failures: hasUnknown(inputs) ? [] : kindOf(type).validate(inputs) };
        },
        async diff({ type, oldInputs, newInputs }) {
            const kind = kindOf(type);
            const changes = diff(kind.normalize(revealProps(oldInputs)), kind.normalize(revealProps(newInputs)));
            // Nothing of a random value can be changed in place.
            return { changes, replaces: [...changes.keys()] };
        },
        async create({ type, inputs: given, preview }) {
            const kind = kindOf(type);
            const marks = new Set<Path>();
            const inputs = revealProps(given, marks);
            if (preview) return { id: "", outputs: concealAll(previewOutputs(kind, inputs), marks) };
            const { id, outputs } = kind.generate(kind.normalize(inputs));
            return { id, outputs: concealAll({ ...kind.normalize(inputs), ...outputs }, new Set([...marks, ...kind.secrets.map((name) => pathOf(name))])) };
        },
        async update({ oldOutputs, inputs }) {
            return { outputs: { ...oldOutputs, ...inputs } };
        },
        async read({ type, id, inputs, outputs }) {
            if (Object.keys(outputs).length > 0) return { id, inputs, outputs };
            const kind = kindOf(type);
            const adopted = kind.adopt?.(id);
            if (adopted === undefined) throw new PluginError(`${type} cannot be imported from "${id}"`);
            return { ...adopted, outputs: secretOutputs(kind, { ...kind.normalize(adopted.inputs), ...adopted.outputs }) };
        },
        async delete() {
            // A random value exists nowhere but in the state.
        },
    };
}

function kindOf(type: string): Kind {
    const kind = kinds[type.slice(type.lastIndexOf(":") + 1)];
    if (kind === undefined) throw new PluginError(`the random plugin knows no resource of type ${type}`);
    return kind;
}

function secretOutputs(kind: Kind, outputs: Props): Props {
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, kind.secrets.includes(name) ? secret(value) : value]));
}

/** Marks the given paths; what is marked already (an unknown secret of a preview) stays as it is. */
function concealAll(props: Props, marks: ReadonlySet<Path>): Props {
    const concealed = conceal(props, marks);
    return isObject(concealed) ? concealed : props;
}
