/** The language host for Node: what the engine asks when it meets a program, policy pack or plugin in JavaScript. */
import { delimiter, dirname } from "node:path";
import { status, type handleServerStreamingCall, type ServerUnaryCall, type ServerWritableStream, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as pb from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PackageParameterization, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { toServiceError } from "../sdk/failure";
import { unary } from "../sdk/server";
import { Children } from "./children";
import { pluginLaunch, programLaunch, type RuntimeOptions } from "./launch";
import { dependencies, installedPackages, requiredPlugins, type RequiredPlugin } from "./packages";

/** The exit code with which the SDK says that it has already told the person what went wrong. */
const ALREADY_REPORTED = 32;

/**
 * @param version the version of the CLI that this host belongs to
 * @param engine address of the engine, as given on the command line; a handshake may name another
 */
export function languageHost(version: string, engine: string, children = new Children()): UntypedServiceImplementation {
    return {
        handshake: unary<pb.LanguageHandshakeRequest, pb.LanguageHandshakeResponse>(async (request) => {
            engine = request.getEngineAddress() || engine;
            return new pb.LanguageHandshakeResponse();
        }),
        getPluginInfo: unary<Empty, PluginInfo>(async () => new PluginInfo().setVersion(version)),
        about: unary<pb.AboutRequest, pb.AboutResponse>(async () => new pb.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
        getRequiredPackages: unary<pb.GetRequiredPackagesRequest, pb.GetRequiredPackagesResponse>(async (request) => {
            const plugins = requiredPlugins(installedPackages(directoryOf(request.getInfo())));
            return new pb.GetRequiredPackagesResponse().setPackagesList(plugins.map(packageDependency));
        }),
        getRequiredPlugins: unary<pb.GetRequiredPluginsRequest, pb.GetRequiredPluginsResponse>(async () => new pb.GetRequiredPluginsResponse()),
        getProgramDependencies: unary<pb.GetProgramDependenciesRequest, pb.GetProgramDependenciesResponse>(async (request) => {
            const list = dependencies(directoryOf(request.getInfo()), request.getTransitivedependencies());
            return new pb.GetProgramDependenciesResponse().setDependenciesList(list.map(({ name, version }) => new pb.DependencyInfo().setName(name).setVersion(version)));
        }),
        runtimeOptionsPrompts: unary<pb.RuntimeOptionsRequest, pb.RuntimeOptionsResponse>(async () => new pb.RuntimeOptionsResponse()),
        template: unary<pb.TemplateRequest, pb.TemplateResponse>(async () => new pb.TemplateResponse()),
        run: unary<pb.RunRequest, pb.RunResponse>((request, call) => runProgram(request, call, engine, children)),
        runPlugin: streaming<pb.RunPluginRequest, pb.RunPluginResponse>((call) => runPlugin(call, children)),
        installDependencies: streaming<pb.InstallDependenciesRequest, pb.InstallDependenciesResponse>((call) => installDependencies(call, children)),
        cancel: unary<Empty, Empty>(async () => {
            children.stopAll();
            return new Empty();
        }),
    };
}

/** How the end of a program is told to the engine. */
export function runResponse(code: number | null, signal: NodeJS.Signals | null): pb.RunResponse {
    const response = new pb.RunResponse();
    if (signal !== null) response.setError(`Program was ended by signal ${signal}`);
    else if (code === ALREADY_REPORTED) response.setBail(true);
    else if (code !== 0) response.setError(`Program exited with non-zero exit code: ${code}`);
    return response;
}

async function runProgram(request: pb.RunRequest, call: ServerUnaryCall<pb.RunRequest, pb.RunResponse>, engine: string, children: Children): Promise<pb.RunResponse> {
    const info = request.getInfo();
    const launch = programLaunch({
        options: optionsOf(info),
        rootDirectory: info?.getRootDirectory() ?? request.getPwd(),
        programDirectory: directoryOf(info),
        entryPoint: info?.getEntryPoint() ?? request.getProgram(),
        workingDirectory: request.getPwd(),
        monitor: request.getMonitorAddress(),
        engine,
        project: request.getProject(),
        stack: request.getStack(),
        organization: request.getOrganization(),
        parallel: request.getParallel(),
        dryRun: request.getDryrun(),
        args: request.getArgsList(),
        config: Object.fromEntries(request.getConfigMap().toObject(true)),
        secretKeys: request.getConfigsecretkeysList(),
    });
    // The engine reads this process's output, so the program writes to the very same pipes: nothing is delayed or cut.
    const child = children.spawn(process.execPath, launch.args, { cwd: request.getPwd(), stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...launch.env } });
    call.on("cancelled", () => children.stop(child));
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code, signal) => resolve(runResponse(code, signal)));
    });
}

function runPlugin(call: ServerWritableStream<pb.RunPluginRequest, pb.RunPluginResponse>, children: Children): void {
    const request = call.request;
    const directory = directoryOf(request.getInfo());
    const args = pluginLaunch(request.getKind(), directory, optionsOf(request.getInfo()), request.getArgsList());
    const variables = request.getEnvList().map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
    const child = children.spawn(process.execPath, args, {
        // A policy pack resolves its own dependencies; a provider works where the program does.
        cwd: request.getKind() === "analyzer" ? directory : request.getPwd() || directory,
        env: variables.length > 0 ? Object.fromEntries(variables) : process.env,
        stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout!.on("data", (data: Buffer) => call.write(new pb.RunPluginResponse().setStdout(data)));
    child.stderr!.on("data", (data: Buffer) => call.write(new pb.RunPluginResponse().setStderr(data)));
    child.on("error", (error) => fail(call, error));
    child.on("close", (code) => {
        if (call.cancelled) return;
        call.write(new pb.RunPluginResponse().setExitcode(code ?? 1));
        call.end();
    });
    call.on("cancelled", () => children.stop(child));
}

function installDependencies(call: ServerWritableStream<pb.InstallDependenciesRequest, pb.InstallDependenciesResponse>, children: Children): void {
    const manager = optionsOf(call.request.getInfo()).packagemanager ?? "npm";
    // The package manager's own script must find this Node, not an older one of the machine.
    const path = [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter);
    const child = children.spawn(manager, ["install"], { cwd: call.request.getDirectory(), env: { ...process.env, PATH: path }, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout!.on("data", (data: Buffer) => call.write(new pb.InstallDependenciesResponse().setStdout(data)));
    child.stderr!.on("data", (data: Buffer) => call.write(new pb.InstallDependenciesResponse().setStderr(data)));
    child.on("error", (error) => fail(call, new Error(`${manager} could not be started: ${error.message}`)));
    child.on("close", (code) => (code === 0 ? call.end() : fail(call, new Error(`${manager} install exited with ${code}`))));
    call.on("cancelled", () => children.stop(child));
}

/** A handler of a streaming call whose immediate failure becomes the failure of the call. */
function streaming<Request, Response>(work: (call: ServerWritableStream<Request, Response>) => void): handleServerStreamingCall<Request, Response> {
    return (call) => {
        try {
            work(call);
        } catch (error) {
            fail(call, error);
        }
    };
}

function fail(call: { emit(event: "error", error: unknown): boolean }, error: unknown): void {
    call.emit("error", { code: status.UNKNOWN, ...toServiceError(error) });
}

function directoryOf(info: pb.ProgramInfo | undefined): string {
    return info?.getProgramDirectory() || process.cwd();
}

function optionsOf(info: pb.ProgramInfo | undefined): RuntimeOptions {
    const options = info?.getOptions()?.toJavaScript() ?? {};
    return {
        nodeargs: typeof options.nodeargs === "string" ? options.nodeargs : undefined,
        typescript: typeof options.typescript === "boolean" ? options.typescript : undefined,
        tsconfig: typeof options.tsconfig === "string" ? options.tsconfig : undefined,
        packagemanager: typeof options.packagemanager === "string" ? options.packagemanager : undefined,
    };
}

function packageDependency(plugin: RequiredPlugin): PackageDependency {
    const dependency = new PackageDependency().setName(plugin.name).setKind("resource").setVersion(plugin.version).setServer(plugin.server);
    if (plugin.parameterization !== undefined) {
        const { name, version, value } = plugin.parameterization;
        dependency.setParameterization(new PackageParameterization().setName(name).setVersion(version).setValue(value));
    }
    return dependency;
}
