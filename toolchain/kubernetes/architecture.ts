/** This machine's processor as Go, Debian and container images name it. */
export function goArchitecture(architecture: string = process.arch): string {
    return architecture === "x64" ? "amd64" : architecture;
}
