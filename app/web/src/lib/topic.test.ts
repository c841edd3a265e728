import assert from "node:assert/strict";
import type { Passage } from "../api/types.ts";
import { topicOf } from "./topic.ts";

const passage = (heading: string, text: string): Passage => ({ id: "p", page: 1, heading, text, ordinal: 0 });

describe("topicOf", () => {
    it("takes a heading, without its number and its parents", () => {
        assert.equal(topicOf([passage("Manual", "Some text."), passage("Manual › 2.1 Cleaning the cups", "x")]), "Cleaning the cups");
    });

    it("takes the beginning of a passage when there are no headings", () => {
        assert.equal(topicOf([passage("", "Batteries. They last long.")]), "Batteries");
    });

    it("takes nothing that could not be asked", () => {
        assert.equal(topicOf([]), null);
        assert.equal(topicOf([passage("", "1 2 3."), passage("12", "x".repeat(200))]), null);
    });
});
