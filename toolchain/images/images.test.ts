import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { repository } from "../core/paths";
import { isLoopback, stepOf } from "./buildah";
import { images, notForImages, type ImageName } from "./catalogue";
import { usableNpmrc } from "./context";
import { sourcesFrom } from "./debian";
import { nodePackage, npmPackage, publicBases } from "./pins";
import { parse } from "./registry";
import { tar } from "./scratch";

const names = Object.keys(images) as ImageName[];
const dockerfile = (name: ImageName) => readFileSync(join(repository, images[name].dockerfile), "utf8");
/** The instructions of a Dockerfile, continuation lines joined. */
const instructions = (text: string) => text.replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, " ").split("\n").filter((line) => line.trim() !== "");

describe("every Dockerfile", () => {
    for (const name of names) {
        describe(name, () => {
            const lines = instructions(dockerfile(name));
            const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));

            it("stands on bases that are given, never on a moving name", () => {
                const stages = new Set<string>();
                for (const line of lines.filter((text) => text.startsWith("FROM "))) {
                    const [, from, , stage] = line.split(/\s+/);
                    assert.ok(stages.has(from!) || /^\$\{(BASE|BUILD_BASE)\}$/.test(from!), line);
                    if (stage) stages.add(stage);
                }
                const declared = lines.filter((line) => line.startsWith("ARG ")).map((line) => line.slice(4));
                assert.deepEqual(declared.sort(), Object.keys(images[name].bases).sort());
                assert.doesNotMatch(dockerfile(name), /:latest\b/);
            });

            it("runs as a numeric user that is not root, and ends with an entry point in exec form", () => {
                const user = last.filter((line) => line.startsWith("USER ")).at(-1);
                assert.match(user ?? "", /^USER [1-9]\d*:[1-9]\d*$/);
                assert.match(last.at(-1)!, /^ENTRYPOINT \["\//);
            });

            it("runs nothing and leaves no secret in the stage that ships", () => {
                assert.ok(!last.some((line) => line.startsWith("RUN ")));
                assert.doesNotMatch(lines.filter((line) => /^(ENV|ARG|COPY)/.test(line)).join("\n"), /npmrc(?!\s+\.\/)|ca\.pem|TOKEN|PASSWORD=/);
                for (const line of lines.filter((text) => text.includes("npm ci"))) assert.match(line, /--ignore-scripts/);
            });

            it("copies only what is part of its content key", () => {
                const inputs = images[name].inputs;
                for (const line of lines.filter((text) => text.startsWith("COPY ") && !text.includes("--from="))) {
                    for (const source of line.split(/\s+/).slice(1, -1).filter((word) => !word.startsWith("--"))) {
                        assert.ok(inputs.some((input) => source === input || source.startsWith(`${input}/`)), `${source} is not in the inputs of ${name}`);
                    }
                }
            });
        });
    }

    it("leaves tests and build results out", () => {
        for (const path of ["app/src/a.test.ts", "app/web/src/b.test.tsx", "app/web/dist/index.html", "app/web/node_modules/x/index.js"]) assert.ok(notForImages(path), path);
        for (const path of ["app/src/test.ts", "app/src/distance.ts", "app/web/src/main.tsx", "app/src/latest.ts"]) assert.ok(!notForImages(path), path);
    });

    it("is the app's own start command without the shell", () => {
        const { scripts } = JSON.parse(readFileSync(join(repository, "app/package.json"), "utf8")) as { scripts: { start: string } };
        const entry = JSON.parse(instructions(dockerfile("app")).at(-1)!.slice("ENTRYPOINT ".length)) as string[];
        assert.equal(["node", ...entry.slice(1)].join(" "), scripts.start);
    });
});

describe("pins", () => {
    it("name exact versions with a sha512 integrity", () => {
        for (const pin of [...Object.values(nodePackage), npmPackage]) {
            assert.match(pin.version, /^\d+\.\d+\.\d+$/);
            assert.match(pin.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/);
        }
    });
    it("name public images in full, and none of them latest", () => {
        for (const name of Object.values(publicBases)) assert.notEqual(parse(name).tag, "latest");
        assert.deepEqual(parse("docker.io/library/node:22-x"), { host: "docker.io", repository: "docker.io/library/node", path: "library/node", tag: "22-x" });
        assert.throws(() => parse("node:22"));
    });
});

describe("the Debian mirror", () => {
    const line = (uri: string, release: string, component = "main", origin = "Debian") => `${uri}|${release}|${component}|${origin}`;

    it("is apt's own with the release exchanged, its security updates too", () => {
        const targets = [line("http://m.example/debian/", "bookworm"), line("http://m.example/debian-security/", "bookworm-security"), line("http://m.example/debian/", "bookworm", "contrib")].join("\n");
        assert.deepEqual(sourcesFrom(targets), ["deb http://m.example/debian trixie main", "deb http://m.example/debian-security trixie-security main"]);
    });
    it("is recognised before the lists were fetched, and other vendors' repositories never are", () => {
        assert.deepEqual(sourcesFrom(line("https://m.example/debian", "trixie", "main", "")), ["deb https://m.example/debian trixie main"]);
        assert.deepEqual(sourcesFrom([line("https://node.example/node_20.x", "nodistro", "main", ". nodistro"), line("https://u.example/ubuntu", "noble", "main", "Ubuntu"), line("https://x.example/", "noble", "main", "")].join("\n")), []);
    });
    it("is nothing when there are updates only", () => {
        assert.deepEqual(sourcesFrom(line("http://m.example/debian-security", "bookworm-security")), []);
        assert.deepEqual(sourcesFrom(""), []);
    });
});

describe("npm's configuration, lent to a build", () => {
    it("keeps registries and credentials and drops places on this machine", () => {
        const text = "registry = https://r.example/\n@scope:registry=https://s.example/\n//r.example/:_authToken=${TOKEN}\ncafile=/etc/x.pem\nnodedir = /usr\n# remark\n; other\nprefix=/opt\ncache=/var\n";
        assert.equal(usableNpmrc([text], { TOKEN: "abc=" }), "registry=https://r.example/\n@scope:registry=https://s.example/\n//r.example/:_authToken=abc=\n");
    });
    it("lets the user's file win over the machine's, and the environment over both", () => {
        assert.equal(usableNpmrc(["registry=https://a/", "registry=https://b/"], {}), "registry=https://b/\n");
        assert.equal(usableNpmrc(["registry=https://a/"], { npm_config_registry: "https://c/" }), "registry=https://c/\n");
    });
});

describe("small images", () => {
    it("archive the same files to the same bytes in any order, in whole blocks", () => {
        const file = fc.record({ path: fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,3}$/), content: fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes)), executable: fc.boolean() });
        fc.assert(
            fc.property(fc.uniqueArray(file, { selector: (one) => one.path, maxLength: 6 }), (files) => {
                const archive = tar(files);
                assert.equal(archive.length % 512, 0);
                assert.ok(archive.equals(tar([...files].reverse())));
            }),
        );
    });
    it("refuse paths that could leave the root", () => {
        for (const path of ["/etc/passwd", "a/../../b", "x".repeat(120)]) assert.throws(() => tar([{ path, content: Buffer.alloc(0) }]), /not a path/);
    });
});

describe("words about a build", () => {
    it("name the step", () => {
        assert.equal(stepOf("[2/4] STEP 3/6: COPY app/scripts app/scripts"), "COPY app/scripts app/scripts");
        assert.equal(stepOf("STEP 1/3: FROM scratch"), "FROM scratch");
        for (const noise of ["", "--> 7f8b00c7e04", "added 153 packages in 5s"]) assert.equal(stepOf(noise), undefined);
    });
    it("know which registry is this machine's own", () => {
        for (const target of ["localhost:5000/x", "127.0.0.1/x", "[::1]:5000/x"]) assert.ok(isLoopback(target), target);
        for (const target of ["localhost.example.com/x", "registry.example/x", "10.0.0.1:5000/x"]) assert.ok(!isLoopback(target), target);
    });
});
