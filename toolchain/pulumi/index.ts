/** What other parts of the toolchain use of this folder. */
export { withoutAutomaticLog } from "./automaticLog";
export { compileCache, ensureBackend, passphraseFile, pulumiEnvironment, shellLines, stateFolder } from "./environment";
export { interruptedRun } from "./failures";
export type { Change, Diagnostic, Summary, Violation } from "./events";
export { cloudsFile, simulate, simulating } from "./simulation";
export { findTools, pulumiProvisions, requireTools, simulationProvisions, type Tools } from "./tools";
export { cliVersion } from "./versions";
export type { PolicyNote } from "./policyRecord";
export { Workspace, type OperationOptions, type Outcome, type Recovery } from "./workspace";
