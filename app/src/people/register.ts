/** Everything about people on an app: keys, accounts, administration. Sign-in itself is auth/routes.ts. */
import { createRoute, z } from "@hono/zod-openapi";
import { registerKeys } from "../auth/keyRoutes.js";
import type { Sessions } from "../auth/sessions.js";
import type { Database } from "../db/database.js";
import type { Env } from "../env.js";
import type { App } from "../http/app.js";
import { registerOidc } from "../oidc/routes.js";
import { registerScim } from "../scim/routes.js";
import { registerAccount } from "./accountRoutes.js";
import { registerUsers } from "./adminRoutes.js";

export interface PeopleDeps {
    database: Database;
    sessions: Sessions;
    env: Pick<Env, "REGISTRATION"> & Partial<Pick<Env, "OIDC_PROVIDERS" | "JWT_SECRET" | "OUTGOING_ALLOWED_HOSTS" | "PUBLIC_URL">>;
}

const options = createRoute({
    method: "get", path: "/api/auth/options", summary: "How one can come in",
    responses: { 200: { content: { "application/json": { schema: z.object({ registration: z.enum(["open", "invited", "closed"]), providers: z.array(z.object({ id: z.string(), name: z.string() })) }) } }, description: "For the page of sign-in" } },
});

export function registerPeople(app: App, deps: PeopleDeps): void {
    app.openapi(options, (c) => c.json({ registration: deps.env.REGISTRATION, providers: (deps.env.OIDC_PROVIDERS ?? []).map(({ id, name }) => ({ id, name })) }, 200));
    registerKeys(app, deps.database, deps.sessions);
    registerAccount(app, deps);
    registerUsers(app, deps);
    registerScim(app, deps);
    const { env } = deps;
    registerOidc(app, { ...deps, providers: env.OIDC_PROVIDERS ?? [], secret: env.JWT_SECRET ?? "", allowedHosts: env.OUTGOING_ALLOWED_HOSTS ?? [], publicUrl: env.PUBLIC_URL });
}
