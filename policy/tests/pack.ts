/** Starts the built pack as the engine does and speaks its protocol, without an engine. */
import * as grpc from "@grpc/grpc-js";
import analyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Resource } from "../src/core/resource";

export interface Diagnostic {
    policy: string;
    level: "advisory" | "mandatory" | "disabled" | "remediate";
    severity: number;
    message: string;
    urn: string;
}

/** A running pack. */
export class Pack {
    private constructor(
        private readonly child: ChildProcess,
        private readonly client: analyzerGrpc.AnalyzerClient,
        /** Milliseconds from start to the port. */
        readonly startup: number,
        private readonly output: string[],
    ) {}

    /** @param env beside the environment of this process */
    static async start(env: NodeJS.ProcessEnv = {}, folder = join(__dirname, "..")): Promise<Pack> {
        const begun = performance.now();
        const entry = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
        const child = spawn(process.execPath, [entry, "127.0.0.1:1", folder], { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
        const output: string[] = [];
        child.stderr!.setEncoding("utf8").on("data", (text: string) => output.push(text));
        const port = await new Promise<string>((resolve, reject) => {
            child.stdout!.setEncoding("utf8").once("data", (text: string) => {
                child.stdout!.on("data", (more: string) => output.push(more));
                resolve(text);
            });
            child.once("exit", code => reject(new Error(`the pack ended with ${code}: ${output.join("")}`)));
        });
        const startup = performance.now() - begun;
        return new Pack(child, new analyzerGrpc.AnalyzerClient(`127.0.0.1:${Number(port)}`, grpc.credentials.createInsecure()), startup, output);
    }

    /** Everything the pack wrote after its port. */
    get written(): string {
        return this.output.join("");
    }

    get pid(): number {
        return this.child.pid!;
    }

    async names(): Promise<string[]> {
        const info = await this.call<analyzer.AnalyzerInfo>(done => this.client.getAnalyzerInfo(new Empty(), done));
        return info.getPoliciesList().map(policy => policy.getName());
    }

    /** Gives the pack its configuration, as the engine does after it has filled in levels. */
    async configure(policies: Readonly<Record<string, { level: Diagnostic["level"]; settings?: Readonly<Record<string, unknown>> }>>): Promise<void> {
        const request = new analyzer.ConfigureAnalyzerRequest();
        for (const [name, { level, settings = {} }] of Object.entries(policies)) {
            const config = new analyzer.PolicyConfig();
            config.setEnforcementlevel(levels.indexOf(level) as 0 | 1 | 2 | 3);
            config.setProperties(Struct.fromJavaScript(settings as Record<string, JavaScriptValue>));
            request.getPolicyconfigMap().set(name, config);
        }
        await this.call(done => this.client.configure(request, done));
    }

    async analyze(resource: Resource): Promise<Diagnostic[]> {
        const request = new analyzer.AnalyzeRequest();
        request.setType(resource.type);
        request.setName(resource.name);
        request.setUrn(resource.urn);
        request.setOptions(new analyzer.AnalyzerResourceOptions());
        request.setProperties(Struct.fromJavaScript(resource.properties.value as Record<string, JavaScriptValue>));
        return diagnostics(await this.call<analyzer.AnalyzeResponse>(done => this.client.analyze(request, done)));
    }

    async analyzeStack(resources: readonly Resource[]): Promise<Diagnostic[]> {
        const request = new analyzer.AnalyzeStackRequest();
        for (const resource of resources) {
            const item = new analyzer.AnalyzerResource();
            item.setType(resource.type);
            item.setName(resource.name);
            item.setUrn(resource.urn);
            item.setOptions(new analyzer.AnalyzerResourceOptions());
            item.setProperties(Struct.fromJavaScript(resource.properties.value as Record<string, JavaScriptValue>));
            request.addResources(item);
        }
        return diagnostics(await this.call<analyzer.AnalyzeResponse>(done => this.client.analyzeStack(request, done)));
    }

    async stop(): Promise<void> {
        this.client.close();
        const ended = new Promise(resolve => this.child.once("exit", resolve));
        this.child.kill();
        await ended;
    }

    private call<T>(start: (done: (error: Error | null, response: T) => void) => void): Promise<T> {
        return new Promise((resolve, reject) => start((error, response) => (error ? reject(error) : resolve(response))));
    }
}

const levels: readonly Diagnostic["level"][] = ["advisory", "mandatory", "disabled", "remediate"];

function diagnostics(response: analyzer.AnalyzeResponse): Diagnostic[] {
    return response.getDiagnosticsList().map(item => ({
        policy: item.getPolicyname(),
        level: levels[item.getEnforcementlevel()]!,
        severity: item.getSeverity(),
        message: item.getMessage(),
        urn: item.getUrn(),
    }));
}
