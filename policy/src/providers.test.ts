import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { soundCloudflare } from "./cloudflare/sound";
import { defaultsOf, typesWithDefaults } from "./common/defaults";
import { evaluateResource } from "./core/evaluate";
import { resourceOf, type Resource } from "./core/resource";
import type { ResourceRule } from "./core/rule";
import { soundGcp } from "./gcp/sound";
import { soundHcloud } from "./hetzner/sound";
import { soundOci } from "./oci/sound";
import { rules } from "./rules";
import { soundTailscale } from "./tailscale/sound";
import { isInstalled, strangeKey } from "./testing/declarations";
import { changed } from "./testing/mutations";

const sound = { ...soundGcp, ...soundOci, ...soundHcloud, ...soundCloudflare, ...soundTailscale };
// Of an older version of the provider; ids are outputs, which stack rules see.
const older = new Set(["cloudflare:index/zoneSettingsOverride:ZoneSettingsOverride"]);

describe("the installed providers", () => {
    it("have every property of the sound resources, by these names", function () {
        this.timeout(60_000);
        const strange = Object.entries(sound).filter(([type]) => !older.has(type)).flatMap(([type, { id, ...properties }]) => strangeKey(type, properties) ?? []);
        assert.deepEqual(strange, []);
    });

    it("are read deeply: a name that is not theirs is found", () => {
        assert.equal(strangeKey("hcloud:index/server:Server", { publicNets: [{ ipv4Enabled: false, ipv5Enabled: true }] }), "publicNets.ipv5Enabled");
        assert.equal(strangeKey("gcp:sql/databaseInstance:DatabaseInstance", { settings: { ipConfiguration: { requireSsl: true } } }), "settings.ipConfiguration.requireSsl");
    });

    it("have every property for which a default is known", () => {
        for (const type of typesWithDefaults()) {
            for (const path of Object.keys(defaultsOf(type))) {
                const properties = path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), null);
                assert.equal(strangeKey(type, properties), undefined, `${type} ${path}`);
            }
        }
    });

    it("have every type that a rule names", () => {
        const missing = Object.keys(sound).filter(type => !older.has(type) && !isInstalled(type));
        assert.deepEqual(missing, []);
    });
});

describe("blocks as lists of one, as converters write them", () => {
    // Maps, of which the provider knows no fields.
    const maps = /^(labels|userLabels|resourceLabels|freeformTags|metadata|annotations|environmentVariables|attributeMapping|acl)$/;

    function asBlocks(value: unknown, key: string): unknown {
        if (Array.isArray(value)) return (value as unknown[]).map(item => (typeof item === "object" && item !== null ? fields(item) : item));
        return typeof value === "object" && value !== null && !maps.test(key) ? [fields(value)] : value;
    }

    function fields(object: object): Record<string, unknown> {
        return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, asBlocks(value, key)]));
    }

    it("mean the same to every rule", () => {
        let refused = 0;
        for (const rule of rules) {
            if (rule.scope !== "resource" || !/^(gcp|gke|oci|hcl)-/.test(rule.id)) continue;
            for (const { resources } of [...rule.compliant, ...rule.violating]) {
                for (const resource of resources) {
                    const blocks = resourceOf(resource.type, resource.name, fields(resource.properties.value as object));
                    const [before, after] = [resource, blocks].map((each): string => [...new Set(evaluateResource(rule, each).map(({ kind }) => kind))].join());
                    assert.equal(after, before, `${rule.id} ${resource.type}`);
                    if (before !== "") refused++;
                }
            }
        }
        assert.ok(refused > 100);
    });
});

describe("provider defaults", () => {
    /** The resource as a preview shows it, with what the provider fills in. */
    function filled(resource: Resource): Resource {
        let properties = resource.properties.value;
        for (const [path, value] of Object.entries(defaultsOf(resource.type))) {
            const keys = path.split(".");
            const holder = resource.properties.at(...keys.slice(0, -1));
            if (holder.isObject && resource.properties.at(...keys).absent) properties = changed(properties, keys.join("/"), value);
        }
        return { ...resource, properties: resourceOf(resource.type, resource.name, properties).properties };
    }

    function objects(rule: ResourceRule, resource: Resource): boolean {
        return evaluateResource(rule, resource).some(({ kind }) => kind === "violation");
    }

    it("change no verdict: left out and filled in mean the same", () => {
        let compared = 0;
        for (const rule of rules) {
            if (rule.scope !== "resource") continue;
            for (const { resources } of [...rule.compliant, ...rule.violating]) {
                for (const resource of resources) {
                    assert.equal(objects(rule, filled(resource)), objects(rule, resource), `${rule.id} ${resource.type}`);
                    compared++;
                }
            }
        }
        for (const [type, properties] of Object.entries(sound)) {
            for (const key of Object.keys(properties)) {
                const resource = resourceOf(type, "x", changed(properties, key, undefined));
                const whole = filled(resource);
                for (const rule of rules) {
                    if (rule.scope !== "resource" || !rule.applies(type)) continue;
                    assert.equal(objects(rule, whole), objects(rule, resource), `${rule.id} ${type} without ${key}`);
                    compared++;
                }
            }
        }
        assert.ok(compared > 2000, String(compared));
    });
});
