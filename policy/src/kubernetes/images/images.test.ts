import { unknownCheckingProxy } from "@pulumi/policy";
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateResource } from "../../core/evaluate";
import { resourceOf } from "../../core/resource";
import { Value } from "../../core/value";
import { kinds, pod } from "../../testing/samples";
import { unknownText } from "../../testing/unknowns";
import { imagePinned } from "./image-pinned";
import { imageRegistry } from "./image-registry";
import { parseImage } from "./reference";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

function pinned(image: unknown, require = "digest"): boolean {
    return evaluateResource(imagePinned, pod({ containers: [{ image }] }), { require }).length === 0;
}

function listed(image: string, ...registries: string[]): boolean {
    return evaluateResource(imageRegistry, pod({ containers: [{ image }] }), { registries }).length === 0;
}

describe("image references", () => {
    it("are taken apart as runtimes do it", () => {
        assert.deepEqual(parseImage("nginx"), { registry: "docker.io", repository: "nginx", pinned: false });
        assert.deepEqual(parseImage("library/nginx:1.27"), { registry: "docker.io", repository: "library/nginx", tag: "1.27", pinned: false });
        assert.deepEqual(parseImage("localhost/app"), { registry: "localhost", repository: "app", pinned: false });
        assert.deepEqual(parseImage("localhost:5000/a/b:v1"), { registry: "localhost:5000", repository: "a/b", tag: "v1", pinned: false });
        assert.deepEqual(parseImage(`ghcr.io/a/b:v1@${digest}`), { registry: "ghcr.io", repository: "a/b", tag: "v1", pinned: true });
    });

    it("that are none are told from those that are", () => {
        for (const text of ["", " ", "a b", "a@sha256:123", `a@md5:${"0".repeat(32)}`, `a@${digest}0`, "@", ":tag", `@${digest}`, `a@${digest}@${digest}`, "a:", "a:b:c", "x".repeat(5000)]) assert.equal(parseImage(text), undefined, text.slice(0, 40));
    });
});

describe("k8s-image-pinned", () => {
    it("wants a digest, or in development a tag that is not latest", () => {
        assert.ok(pinned(`app@${digest}`) && pinned(`localhost:5000/app:1@${digest}`));
        for (const image of ["app", "app:1.2", "app:latest", "app@sha256:12", "", undefined, 7, {}]) assert.ok(!pinned(image), String(image));
        for (const image of ["app:1.2", "localhost:5000/app:1.2", `app@${digest}`]) assert.ok(pinned(image, "tag"), image);
        for (const image of ["app", "app:latest", "localhost:5000/app", undefined, "app@sha256:12"]) assert.ok(!pinned(image, "tag"), String(image));
    });

    it("sees image volumes and fields of custom resources", () => {
        assert.deepEqual(kinds(evaluateResource(imagePinned, pod({ containers: [], volumes: [{ name: "m", image: { reference: "models:1" } }] }))), ["violation"]);
        const cluster = (spec: unknown): string[] => evaluateResource(imagePinned, resourceOf("kubernetes:postgresql.cnpg.io/v1:Cluster", "db", { spec })).map(({ path }) => path);
        assert.deepEqual(cluster({ imageName: "postgres:17" }), ["spec.imageName"]);
        assert.deepEqual(cluster({ imageName: `postgres@${digest}`, backup: { tool: { image: "barman:3" } } }), ["spec.backup.tool.image"]);
        assert.deepEqual(cluster({ image: { repository: "postgres", tag: "17" }, template: { spec: { containers: [{ image: "a:1" }] } } }), ["spec.template.spec.containers[0].image"]);
    });

    it("is undetermined about an image that is still being built", () => {
        const built = { ...pod({}), properties: Value.root(unknownCheckingProxy({ spec: { containers: [{ image: unknownText }, { image: "app:1" }] } })) };
        assert.deepEqual(kinds(evaluateResource(imagePinned, built)), ["undetermined", "violation"]);
    });
});

describe("k8s-image-registry", () => {
    it("compares hosts and folders, not beginnings of text", () => {
        assert.ok(listed("ghcr.io/a/b", "ghcr.io") && listed("ghcr.io/a/b:1", "ghcr.io/a") && listed("ghcr.io/a/b", "ghcr.io/a/b") && listed("ghcr.io/a/b", "ghcr.io/a/"));
        assert.ok(!listed("ghcr.io.evil.example/a", "ghcr.io") && !listed("ghcr.io/ab/c", "ghcr.io/a") && !listed("evil/ghcr.io/a", "ghcr.io") && !listed("ghcr.io:443/a", "ghcr.io"));
    });

    it("knows that images without a host are of docker.io", () => {
        assert.ok(listed("nginx", "docker.io") && listed("nginx", "docker.io/library") && listed("bitnami/x", "docker.io/bitnami"));
        assert.ok(!listed("bitnami/x", "docker.io/library") && !listed("nginx", "ghcr.io"));
    });

    it("lets a star stand for one name", () => {
        assert.ok(listed("europe-docker.pkg.dev/p/r/i", "*.pkg.dev") && listed("europe-docker.pkg.dev/p/r/i", "*.pkg.dev/p"));
        assert.ok(!listed("a.b.pkg.dev/p", "*.pkg.dev") && !listed("evilpkg.dev/p", "*.pkg.dev") && !listed("pkg.dev/p", "*.pkg.dev"));
    });
});
