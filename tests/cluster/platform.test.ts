import assert from "node:assert/strict";
import { browser } from "./browser";
import { Deployment } from "./deployment";
import { flow } from "./flow";
import { kills } from "./kills";
import { network } from "./network";
import { operations } from "./operations";

describe("stack dev on a real Kubernetes", () => {
    const deployment = new Deployment();

    before("npm run up", async () => {
        const result = await deployment.up();
        assert.equal(result.code, 0, result.output);
        assert.match(deployment.url, /^http:\/\/localhost:\d+$/, result.output);
        assert.ok(deployment.admin.password && deployment.user.password, "both sign-ins are printed");
    });

    after("npm run destroy", async () => {
        const result = await deployment.npm("destroy", "--yes");
        deployment.remove();
        assert.equal(result.code, 0, result.output);
    });

    flow(deployment);
    browser(deployment);
    network(deployment);
    kills(deployment);
    operations(deployment);
});
