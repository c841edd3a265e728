/**
 * Reads properties from the wire in one pass. The generated code of protobuf makes messages of messages and walks each
 * again for every level around it, which was the larger half of what the pack cost for a resource; the SDK only wants the
 * plain values in the end. Uses nothing but the public methods of the reader.
 */
import type { BinaryReader } from "google-protobuf";
import type { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

type Plain = Record<string, JavaScriptValue>;

/** What this changes of the module of protobuf's structs. */
export interface StructModule {
    Struct: Pick<typeof Struct, "deserializeBinaryFromReader" | "fromJavaScript"> & { prototype: Pick<Struct, "toJavaScript" | "getFieldsMap"> };
}

/** From now on structs of this module are read at once. Whoever asks for their fields still gets them. */
export function readAtOnce({ Struct: type }: StructModule): void {
    const plain = new WeakMap<object, Plain>();
    const { toJavaScript, getFieldsMap } = type.prototype;
    type.deserializeBinaryFromReader = (message, reader) => {
        const fields = plain.get(message) ?? {};
        readStruct(fields, reader);
        plain.set(message, fields);
        return message;
    };
    type.prototype.toJavaScript = function (this: Struct) {
        return plain.get(this) ?? toJavaScript.call(this);
    };
    type.prototype.getFieldsMap = function (this: Struct, ...rest: []) {
        const read = plain.get(this);
        if (read) {
            plain.delete(this);
            const fields = getFieldsMap.call(this);
            type.fromJavaScript(read).getFieldsMap().forEach((value, key) => fields.set(key, value));
        }
        // The generated code asks with an argument of its own, by which it gets no map where there are no fields.
        return getFieldsMap.apply(this, rest);
    };
}

function readStruct(target: Plain, reader: BinaryReader): void {
    const entry = { key: "", value: null as JavaScriptValue };
    while (reader.nextField() && !reader.isEndGroup()) {
        if (reader.getFieldNumber() !== 1) {
            reader.skipField();
            continue;
        }
        [entry.key, entry.value] = ["", null];
        reader.readMessage(entry, readEntry);
        // As a field of its own, whatever the name.
        if (entry.key === "__proto__") Object.defineProperty(target, entry.key, { value: entry.value, enumerable: true, configurable: true, writable: true });
        else target[entry.key] = entry.value;
    }
}

// The types of the reader know only messages; it hands on whatever it is given.
const readEntry = (message: unknown, reader: BinaryReader): void => {
    const entry = message as { key: string; value: JavaScriptValue };
    while (reader.nextField() && !reader.isEndGroup()) {
        if (reader.getFieldNumber() === 1) entry.key = reader.readString();
        else if (reader.getFieldNumber() === 2) reader.readMessage(entry, readValue);
        else reader.skipField();
    }
};

const readValue = (message: unknown, reader: BinaryReader): void => {
    const holder = message as { value: JavaScriptValue };
    while (reader.nextField() && !reader.isEndGroup()) {
        switch (reader.getFieldNumber()) {
            case 1:
                reader.readEnum();
                holder.value = null;
                break;
            case 2:
                holder.value = reader.readDouble();
                break;
            case 3:
                holder.value = reader.readString();
                break;
            case 4:
                holder.value = reader.readBool();
                break;
            case 5: {
                const struct: Plain = {};
                reader.readMessage(struct, (inner, its) => readStruct(inner as Plain, its));
                holder.value = struct;
                break;
            }
            case 6: {
                const list: JavaScriptValue[] = [];
                reader.readMessage(list, readList);
                holder.value = list;
                break;
            }
            default:
                reader.skipField();
        }
    }
};

const readList = (message: unknown, reader: BinaryReader): void => {
    const list = message as JavaScriptValue[];
    const item = { value: null as JavaScriptValue };
    while (reader.nextField() && !reader.isEndGroup()) {
        if (reader.getFieldNumber() !== 1) {
            reader.skipField();
            continue;
        }
        item.value = null;
        reader.readMessage(item, readValue);
        list.push(item.value);
    }
};
