/** Sign-in at a provider: there and back. A browser comes back signed in, or with the code of what went wrong. */
import { createRoute, z } from "@hono/zod-openapi";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { originOf, setCookies } from "../auth/browser.js";
import type { Sessions } from "../auth/sessions.js";
import { derivedKey } from "../auth/tokens.js";
import type { Database } from "../db/database.js";
import type { App, AppContext } from "../http/app.js";
import { ApiError, publicError } from "../http/errors.js";
import { createOidcClient, isProviderAway, type Pending } from "./client.js";
import type { OidcProvider } from "./config.js";
import { personOf } from "./people.js";

export interface OidcDeps {
    database: Database;
    sessions: Sessions;
    providers: readonly OidcProvider[];
    /** The root secret: what a browser carries there and back is encrypted with a key of it. */
    secret: string;
    allowedHosts: readonly string[];
    /** Where browsers find this application; without it, what they say themselves. */
    publicUrl?: string;
}

const COOKIE = "oidc";
const PATH = "/api/auth/oidc";
const PATIENCE_SECONDS = 600;

const params = z.object({ id: z.string() });
const start = createRoute({ method: "get", path: "/api/auth/oidc/{id}/start", summary: "Sign in at a provider", request: { params }, responses: { 302: { description: "To the provider" } } });
const callback = createRoute({ method: "get", path: "/api/auth/oidc/{id}/callback", summary: "Come back from a provider", request: { params }, responses: { 302: { description: "To the application, signed in; or to `/?signin=CODE`" } } });

export function registerOidc(app: App, deps: OidcDeps): void {
    const client = createOidcClient(deps.allowedHosts ?? []);
    const key = () => derivedKey(deps.secret, "sign-ins under way");
    const provider = (id: string): OidcProvider => {
        const found = deps.providers.find((each) => each.id === id);
        if (found === undefined) throw new ApiError(404, "NOT_FOUND", "There is nothing at this address.");
        return found;
    };
    app.openapi(start, async (c) => {
        const { id } = c.req.valid("param");
        return orToThePage(c, async () => {
            const { url, pending } = await client.start(provider(id), `${baseOf(c, deps)}${PATH}/${id}/callback`);
            const sealed = await new EncryptJWT({ ...pending }).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).setExpirationTime(`${PATIENCE_SECONDS} s`).encrypt(key());
            // Lax: the browser comes back from another site.
            setCookie(c, COOKIE, sealed, { httpOnly: true, sameSite: "Lax", path: PATH, secure: c.req.header("x-forwarded-proto") === "https", maxAge: PATIENCE_SECONDS });
            return c.redirect(url, 302);
        });
    });
    app.openapi(callback, async (c) => {
        const { id } = c.req.valid("param");
        return orToThePage(c, async () => {
            const found = provider(id);
            const pending = await unseal(getCookie(c, COOKIE), key());
            deleteCookie(c, COOKIE, { path: PATH });
            if (pending === undefined || pending.provider !== id) throw new ApiError(400, "OIDC_EXPIRED", "This sign-in took too long, or was begun in another browser. Begin again.");
            const address = new URL(`${baseOf(c, deps)}${PATH}/${id}/callback`);
            address.search = new URL(c.req.url).search;
            const claims = await client.finish(found, address, pending);
            const user = await personOf(deps.database, found, claims, c.get("requestId"));
            setCookies(c, await deps.sessions.begin(user, `oidc ${id}`, originOf(c)));
            return c.redirect("/", 302);
        });
    });
}

/** People come by address bar: an error leads back to the page, which explains the code. */
async function orToThePage(c: AppContext, work: () => Promise<Response>): Promise<Response> {
    try {
        return await work();
    } catch (error) {
        const told = error instanceof ApiError ? error : isProviderAway(error) ? new ApiError(502, "OIDC_UNAVAILABLE", "The provider cannot be reached.", { cause: error }) : describe(error);
        if (told.code === "NOT_FOUND") throw told;
        c.get("log").warn({ error, code: told.code }, "a sign-in elsewhere failed");
        return c.redirect(`/?signin=${told.code}`, 302);
    }
}

/** What the library refuses (state, nonce, signature, a "no" of the provider) is one thing to a person. */
function describe(error: unknown): ApiError {
    const known = publicError(error);
    const name = error instanceof Error ? error.constructor.name : "";
    return known.code === "INTERNAL" && /Error$/.test(name) && name !== "Error" ? new ApiError(401, "OIDC_FAILED", "The provider did not confirm this sign-in.", { cause: error }) : known;
}

async function unseal(sealed: string | undefined, key: Uint8Array): Promise<Pending | undefined> {
    try {
        return sealed === undefined ? undefined : ((await jwtDecrypt(sealed, key)).payload as unknown as Pending);
    } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
    }
}

function baseOf(c: AppContext, { publicUrl }: OidcDeps): string {
    if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, "");
    const host = c.req.header("x-forwarded-host") ?? c.req.header("host") ?? "localhost";
    return `${c.req.header("x-forwarded-proto") === "https" ? "https" : "http"}://${host}`;
}
