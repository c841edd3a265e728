import { Buffer } from "node:buffer";
import type { Findings } from "../../core/findings";
import type { ResourceRule } from "../../core/rule";
import type { Settings } from "../../core/settings";
import type { Value } from "../../core/value";
import { credentialInText, knownCredential, namedCredential } from "../../secrets/detect";
import { containerWith, object } from "../examples";
import { cis } from "../frameworks";
import { isKind } from "../kinds";
import { objectsOf } from "../objects";
import { mayHavePods, podsOf, type Container } from "../pods";

const isConfigMap = isKind("ConfigMap");

export const plaintextSecrets: ResourceRule = {
    id: "k8s-plaintext-secrets",
    title: "No credential stands in plain text in a pod or a ConfigMap",
    what: "No environment variable, command line or ConfigMap entry holds a literal that is a credential: by its format (private keys, tokens of well-known services, passwords in URLs) or by its name together with its value. Reading a Secret through an environment variable draws an advice: a mounted file is better.",
    why: "Who may read pods or ConfigMaps reads the credential, and so do logs, dashboards and backups. Environment variables are inherited by every child process and often end up in crash reports.",
    severity: "high",
    strictness: "mandatory",
    references: [cis("5.4.1")],
    remediation: ["Put the credential into a Secret, mount that as a file, and hand the program the file's path (here: `NAME_FILE`).", "Then change the credential: it has been readable."],
    settings: {
        exemptNames: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Names of variables and entries that look like credentials and are none." },
        preferFiles: { type: "boolean", default: true, description: "Whether Secrets in environment variables draw an advice." },
    },
    compliant: [
        containerWith({ env: [{ name: "DB_PASSWORD_FILE", value: "/var/run/secrets/shop/password" }, { name: "MAX_TOKENS", value: "4096" }] }),
        object("core/v1", "ConfigMap", { data: { "shop.conf": "password_encryption = scram-sha-256\nlog_level = info\n" } }),
    ],
    violating: [
        containerWith({ env: [{ name: "DB_PASSWORD", value: "correct horse battery staple" }] }),
        containerWith({ env: [{ name: "DATABASE_URL", value: "postgres://shop:correct-horse@db:5432/shop" }] }),
        object("core/v1", "ConfigMap", { data: { "shop.conf": "log_level = info\napi_key = correct-horse-battery\n" } }),
    ],
    scope: "resource",
    applies: type => mayHavePods(type) || isConfigMap(type),
    check(resource, settings, findings) {
        if (isConfigMap(resource.type)) {
            for (const { properties } of objectsOf(resource)) checkConfigMap(properties, settings, findings);
            return;
        }
        const { pods, unsearched } = podsOf(resource);
        for (const place of unsearched) findings.undetermined(place);
        for (const pod of pods) for (const container of pod.containers) checkContainer(container, settings, findings);
    },
};

function checkContainer(container: Container, settings: Settings, findings: Findings): void {
    for (const variable of container.value.at("env").list()) {
        const value = variable.at("value");
        const name = variable.at("name");
        if (name.text !== undefined && settings.list("exemptNames").includes(name.text)) continue;
        if (value.unknown) findings.undetermined(value);
        else if (value.text !== undefined) {
            const kind = name.text === undefined ? knownCredential(value.text) : namedCredential(name.text, value.text);
            if (kind === undefined && name.unknown) findings.undetermined(name);
            report(value, kind, findings);
        }
        const secret = variable.at("valueFrom", "secretKeyRef");
        if (secret.known && settings.flag("preferFiles")) findings.advice(secret, "hands a Secret to the program as an environment variable");
    }
    for (const source of container.value.at("envFrom").list()) {
        const secret = source.at("secretRef");
        if (secret.known && settings.flag("preferFiles")) findings.advice(secret, "hands a Secret to the program as environment variables");
    }
    for (const field of ["command", "args"]) {
        for (const part of container.value.at(field).list()) {
            if (part.unknown) findings.undetermined(part);
            else if (part.text !== undefined) report(part, knownCredential(part.text), findings);
        }
    }
}

function checkConfigMap(properties: Value, settings: Settings, findings: Findings): void {
    for (const [field, decode] of [["data", (text: string) => text], ["binaryData", (text: string) => Buffer.from(text, "base64").toString("latin1")]] as const) {
        for (const [name, value] of properties.at(field).entries()) {
            if (settings.list("exemptNames").includes(name)) continue;
            if (value.unknown) findings.undetermined(value);
            else if (value.text !== undefined) {
                const text = decode(value.text);
                report(value, (text.includes("\n") ? undefined : namedCredential(name, text)) ?? credentialInText(text), findings);
            }
        }
    }
}

function report(value: Value, kind: string | undefined, findings: Findings): void {
    if (kind) findings.violation(value, `holds ${kind}`);
}
