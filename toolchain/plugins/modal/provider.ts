/** Modal: secrets and web functions on GPUs. */
import { z } from "zod";
import { PluginError } from "../sdk/failure";
import { providerOf } from "../sdk/kinds";
import type { Provider } from "../sdk/provider";
import { ModalClient, modalApi } from "./client";
import { secret, webApp } from "./kinds";

export const modalConfig = z.object({
    tokenId: z.string().startsWith("ak-").optional().describe("the id of a token, ak-…; or set MODAL_TOKEN_ID"),
    tokenSecret: z.string().startsWith("as-").optional().describe("the secret of that token, as-…; or set MODAL_TOKEN_SECRET"),
    baseUrl: z.string().regex(/^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)[:/]/).optional().describe("an https address"),
});

export function modalProvider(version: string, pace: { timeout?: number; pause?: number } = {}): Provider {
    return providerOf<ModalClient>({
        name: "modal",
        version,
        config: modalConfig,
        kinds: { Secret: secret, WebApp: webApp },
        connect({ tokenId = process.env.MODAL_TOKEN_ID ?? "", tokenSecret = process.env.MODAL_TOKEN_SECRET ?? "", baseUrl = modalApi }) {
            if (tokenId === "" || tokenSecret === "") throw new PluginError("no token for Modal: pulumi config set --secret agent-platform:modalTokenId and modalTokenSecret, or MODAL_TOKEN_ID and MODAL_TOKEN_SECRET");
            return new ModalClient(String(baseUrl), { id: String(tokenId), secret: String(tokenSecret) }, pace.pause, pace.timeout);
        },
    });
}
