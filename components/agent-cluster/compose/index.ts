export { composeName, composeOf, containerRange, folders, secretsAt, type ComposeProject } from "./compose";
export { bootScript } from "./host";
export { nginxConfiguration } from "./nginx";
export { squidConfiguration } from "./squid";
