import type { ResourceRule } from "../../core/rule";
import { containerWith } from "../examples";
import { nsa } from "../frameworks";
import { mayHavePods } from "../pods";
import { imagesOf } from "./places";
import { parseImage } from "./reference";

const digest = "@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

export const imageRegistry: ResourceRule = {
    id: "k8s-image-registry",
    title: "Images come from registries that security has listed",
    what: "Every image reference starts with an entry of the setting `registries`: a host, or a host with a path (`ghcr.io/example`); `*.` at its start stands for one name. Images without a host are those of docker.io.",
    why: "Anyone can push to a public registry under a name that looks like another. The list is where somebody decides whom to trust.",
    severity: "high",
    strictness: "mandatory",
    references: [nsa("Image scanning and provenance")],
    remediation: ["Copy the image to a listed registry and name it there, or let security add the registry to the configuration of the environment."],
    settings: {
        registries: {
            type: "array",
            items: { type: "string" },
            uniqueItems: true,
            default: ["localhost", "ghcr.io", "quay.io", "registry.k8s.io", "gcr.io", "*.pkg.dev", "*.ocir.io", "public.ecr.aws", "mcr.microsoft.com", "docker.io/library"],
            description: "Registries, or folders in them, that images may come from.",
        },
    },
    compliant: [containerWith({ image: `ghcr.io/example/shop${digest}` }), containerWith({ image: `europe-docker.pkg.dev/example/shop/web${digest}` })],
    violating: [containerWith({ image: `registry.example/shop${digest}` }), containerWith({ image: `somebody/shop${digest}` })],
    scope: "resource",
    applies: mayHavePods,
    check(resource, settings, findings) {
        const { places, unsearched } = imagesOf(resource);
        for (const place of unsearched) findings.undetermined(place);
        for (const { value } of places) {
            // What is no reference at all is the matter of k8s-image-pinned.
            if (value.unknown) findings.undetermined(value);
            else if (value.text !== undefined && value.text !== "") {
                const image = parseImage(value.text.replace(/@.*$/, ""));
                if (image && !settings.list("registries").some(entry => matches(entry, image.registry, image.repository))) findings.violation(value, "comes from a registry that is not listed");
            }
        }
    },
};

function matches(entry: string, registry: string, repository: string): boolean {
    const slash = entry.indexOf("/");
    const host = slash < 0 ? entry : entry.slice(0, slash);
    const folder = slash < 0 ? "" : entry.slice(slash + 1).replace(/\/+$/, "");
    const path = registry === "docker.io" && !repository.includes("/") ? `library/${repository}` : repository;
    const isHost = host.startsWith("*.") ? registry.endsWith(host.slice(1)) && !registry.slice(0, -host.length + 1).includes(".") : registry === host;
    return isHost && (folder === "" || path === folder || path.startsWith(`${folder}/`));
}
