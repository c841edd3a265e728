import { problemsOf, type Schema } from "./schema";

export type SettingsSchema = Readonly<Record<string, Schema & { default: unknown }>>;

/** Settings that every rule has. */
export const commonSettings: SettingsSchema = {
    undetermined: {
        type: "string",
        enum: ["advisory", "mandatory"],
        default: "advisory",
        description: "What it means when the rule cannot decide because a value is not known yet.",
    },
};

/** The settings of a rule, complete and of the right types. */
export class Settings {
    private readonly values: Readonly<Record<string, unknown>>;

    /** @throws SettingsError naming every wrong setting; the caller reports it as a failure of the rule */
    constructor(schema: SettingsSchema | undefined, given: Readonly<Record<string, unknown>> = {}) {
        const properties = { ...commonSettings, ...schema };
        const problems = problemsOf({ type: "object", properties, additionalProperties: false }, given);
        if (problems.length > 0) throw new SettingsError(problems);
        this.values = { ...Object.fromEntries(Object.entries(properties).map(([name, item]) => [name, item.default])), ...given };
    }

    text(name: string): string {
        return this.values[name] as string;
    }

    flag(name: string): boolean {
        return this.values[name] as boolean;
    }

    number(name: string): number {
        return this.values[name] as number;
    }

    list(name: string): readonly string[] {
        return this.values[name] as readonly string[];
    }
}

export class SettingsError extends Error {
    constructor(readonly problems: readonly string[]) {
        super(`The settings are wrong: ${problems.join("; ")}`);
        this.name = "SettingsError";
    }
}
