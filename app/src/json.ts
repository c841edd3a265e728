/** A variable of the environment that holds JSON; what the value has to be comes after it in a `pipe`. */
import { z } from "zod";

export const jsonText = z.string().transform((text, context) => {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        context.addIssue({ code: "custom", message: "is no JSON" });
        return z.NEVER;
    }
});
