/**
 * LangChain begins a trace of its own for every call of every node, whether or not anybody traces: ids, times and a look at the
 * environment, about a fifteenth of what a turn costs. Traces hang on AsyncLocalStorage, which is not in use here (graph.ts).
 */
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";

AsyncLocalStorageProviderSingleton.runWithConfig = (_config, work) => work();
