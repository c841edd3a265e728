import type { ResourceRule } from "../../core/rule";
import { containerWith, object } from "../examples";
import { mayHavePods } from "../pods";
import { parseImage } from "./reference";
import { imagesOf } from "./places";

export const imagePinned: ResourceRule = {
    id: "k8s-image-pinned",
    title: "Images are named by digest",
    what: "Every image reference of a container, an image volume and a custom resource ends in a complete digest (`@sha256:…`). With the setting `require: tag`, meant for development, an explicit tag other than `latest` is enough.",
    why: "A tag is a name that anyone who can push may move. Without a digest the next restart can run other code than the one that was reviewed, and nodes can differ from each other.",
    severity: "medium",
    strictness: "production",
    references: [{ framework: "CIS Kubernetes Benchmark", version: "1.12", control: "5.5.1" }, { framework: "SLSA", version: "1.0", control: "Verifying artifacts" }],
    remediation: ["Name the image as `name@sha256:…` with the digest that the build printed or the registry shows.", "Let a tool such as Renovate raise the digest when there is a new version."],
    settings: {
        require: { type: "string", enum: ["digest", "tag"], default: "digest", description: "What an image reference needs: a digest, or at least an explicit tag other than latest." },
    },
    compliant: [containerWith({ image: "ghcr.io/example/shop:1.4.2@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" })],
    violating: [
        containerWith({ image: "ghcr.io/example/shop:latest" }),
        containerWith({ image: "ghcr.io/example/shop" }),
        containerWith({ image: "ghcr.io/example/shop:1.4.2" }),
        object("postgresql.cnpg.io/v1", "Cluster", { spec: { instances: 2, imageName: "ghcr.io/cloudnative-pg/postgresql:17" } }),
    ],
    scope: "resource",
    applies: mayHavePods,
    check(resource, settings, findings) {
        const tagsSuffice = settings.text("require") === "tag";
        const { places, unsearched } = imagesOf(resource);
        for (const place of unsearched) findings.undetermined(place);
        for (const { value, optional } of places) {
            if (value.unknown) findings.undetermined(value);
            else if (value.absent || value.text === "") {
                if (!optional) findings.violation(value, "names no image");
            } else {
                const image = value.text === undefined ? undefined : parseImage(value.text);
                if (!image) findings.violation(value, "is not a complete image reference");
                else if (image.pinned) continue;
                else if (!tagsSuffice) findings.violation(value, "has no digest");
                else if (image.tag === undefined || image.tag === "latest") findings.violation(value, "has no tag of its own, so it means whatever is latest");
            }
        }
    },
};
