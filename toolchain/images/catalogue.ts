/** The images of the product: which Dockerfile, which inputs, on which bases. */
import type { BaseName } from "./bases";

export type ImageName = "app" | "web" | "postgres";

export interface ImageRecipe {
    dockerfile: string;
    /** Everything that the Dockerfile copies, below the root of the repository; the content key is made of these. */
    inputs: readonly string[];
    /** Build argument to base. */
    bases: Readonly<Record<string, BaseName>>;
    /** Whether a stage installs npm packages. */
    npm: boolean;
}

const manifests = ["package.json", "package-lock.json", ".npmrc", "app/package.json", "app/web/package.json", "policy/package.json"];

export const images: Readonly<Record<ImageName, ImageRecipe>> = {
    postgres: {
        dockerfile: "toolchain/images/postgres/Dockerfile",
        inputs: ["toolchain/images/postgres/entrypoint.sh"],
        bases: { BASE: "postgres" },
        npm: false,
    },
    app: {
        dockerfile: "app/Dockerfile",
        inputs: [...manifests, "app/tsconfig.json", "app/src", "app/migrations", "toolchain/images/prune.mjs"],
        bases: { BASE: "node", BUILD_BASE: "node-build" },
        npm: true,
    },
    web: {
        dockerfile: "app/web/Dockerfile",
        inputs: [...manifests, "app/web"],
        bases: { BASE: "nginx", BUILD_BASE: "node-build" },
        npm: true,
    },
};

/** What never goes into an image although it lies among the inputs: tests, and what builds leave behind. */
export function notForImages(path: string): boolean {
    return /(?:^|\/)(?:node_modules|dist|\.[^/]*\.swp)(?:\/|$)|\.test\.tsx?$|\.test\.mjs$/.test(path);
}
