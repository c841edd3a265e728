import assert from "node:assert/strict";
import { browser } from "./browser";
import { Deployment } from "./deployment";
import { ephemeral } from "./ephemeral";
import { flow } from "./flow";
import { interruptions } from "./interruptions";
import { kills } from "./kills";
import { network } from "./network";
import { operations } from "./operations";

describe("stack dev on a real Kubernetes", () => {
    const deployment = new Deployment();

    after("npm run destroy", async () => {
        const result = await deployment.npm("destroy", "--yes");
        deployment.remove();
        assert.equal(result.code, 0, result.output);
    });

    interruptions(deployment);
    flow(deployment);
    browser(deployment);
    network(deployment);
    ephemeral(deployment);
    kills(deployment);
    operations(deployment);
});
