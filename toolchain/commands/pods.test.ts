import assert from "node:assert/strict";
import type { V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import { hasFewerThanItWants } from "./pods";

describe("whether pods are missing", () => {
    const owner = (replicas?: number): V1ReplicaSet => ({ metadata: { uid: "one" }, spec: { replicas, selector: {} }, status: { replicas: 0 } });
    const pod = (uid: string, controller = true): V1Pod => ({ metadata: { ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid, controller }] } });

    it("is seen by the pods that their owner controls, and not by its status, which comes later", () => {
        assert.equal(hasFewerThanItWants(owner(1), []), true);
        assert.equal(hasFewerThanItWants(owner(1), [pod("one")]), false);
        assert.equal(hasFewerThanItWants(owner(2), [pod("one"), pod("another"), pod("one", false), {}]), true);
    });

    it("goes by Kubernetes' default of one, and by none where none is wanted", () => {
        assert.equal(hasFewerThanItWants(owner(), []), true);
        assert.equal(hasFewerThanItWants(owner(0), []), false);
    });
});
