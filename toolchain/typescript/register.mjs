/** For `node --import`: runs TypeScript by tsx, and packages as they are. */
import packages from "./packages.cjs";

const begin = packages.leavePackagesToNode();
await import("tsx");
begin();
