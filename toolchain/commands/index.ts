/** The commands, each loaded only when it runs. */

/** Takes the words after the command's name; gives the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

export interface CommandEntry {
    name: string;
    summary: string;
    usage: string;
    load(): Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
    {
        name: "up",
        summary: "sets up what is missing and deploys; changes nothing when nothing changed",
        usage: `npm run up -- [options]

Installs what is missing, builds the images, previews under the policies and deploys.

  --stack NAME      the stack to deploy (default dev, on a Kubernetes of this machine)
  --context NAME    deploy dev to this kubeconfig context instead; kept in the stack's config
  --registry HOST   where that cluster pulls images from; kept in the stack's config
  --port N          local port of dev (default 8080)
  --yes             do not ask before changing anything
  --refresh         compare with what really runs, and repair it
  --simulate        in simulated clouds: no account is needed, nothing real is touched
  --faults FILE     what goes wrong in them (docs/simulated-clouds.md)`,
        load: async () => (await import("./up")).up,
    },
    {
        name: "preview",
        summary: "shows what would change, under the policies; changes nothing",
        usage: `npm run preview -- [options]

  --stack NAME      the stack to preview (default dev)
  --json            the summary as JSON
  --simulate        in simulated clouds: no account is needed, nothing real is touched
  --faults FILE     what goes wrong in them (docs/simulated-clouds.md)`,
        load: async () => (await import("./preview")).preview,
    },
    {
        name: "cost",
        summary: "tells what a stack costs by the month, line by line, and where it would cost less",
        usage: `npm run cost -- [options]

  --stack NAME      the stack (default dev)
  --json            the same as JSON

From the stack's configuration and topology/prices.json alone: no cloud is asked. With a deployment from this
machine, the difference to it is told too. A preview tells the sum.`,
        load: async () => (await import("./cost")).cost,
    },
    {
        name: "status",
        summary: "tells what runs, where, how it is, and which versions",
        usage: `npm run status -- [options]

  --json            the same as JSON`,
        load: async () => (await import("./status")).status,
    },
    {
        name: "destroy",
        summary: "takes the deployment down and says what it keeps",
        usage: `npm run destroy -- [options]

  --stack NAME      the stack to destroy (default dev)
  --keep-data       keep the data volumes (documents, conversations, orders) for the next up
  --yes             do not ask
  --simulate        what was deployed to simulated clouds
  --faults FILE     what goes wrong in them (docs/simulated-clouds.md)`,
        load: async () => (await import("./destroy")).destroy,
    },
    {
        name: "policy",
        summary: "tells what the security rules say of a stack, of files, of themselves",
        usage: `npm run policy -- COMMAND [options]

  check --stack NAME     previews the stack and lists everything the rules find
  scan PATH…             the same of Kubernetes YAML or JSON, Helm output, a state of Pulumi; - reads standard input
  report                 the last check or scan in another format
  explain [RULE…]        the rules that hold in an environment, or everything about one
  runner --stack NAME    prints the lines that attach the pack to every plain pulumi command of a shell
  reference              compares the Pod Security rules with Kubernetes' own code

  --simulate             preview in simulated clouds, without any account (check)
  --format FORMAT        text, json, sarif, junit or markdown (check, scan, report)
  --output FILE          write there instead of to the terminal (check, scan, report)
  --input FILE           a kept result, or the events of pulumi preview --json; - for standard input (report)
  --env NAME             dev, preview or prod: whose levels and parameters hold (scan, explain; default prod)
  --stack NAME           whose waivers hold for files (scan); whose events these are (report)
  --separately           judge every file by itself, not all of them as one whole (scan)
  --json                 as JSON (explain)
  --pods N, --seed N     how many pods, which series (reference; default 3000, 20)

Exits with 0 when nothing stops the deployment, 1 when something does, 2 when it could not be found out.
For output that a program reads: npm run --silent policy -- …`,
        load: async () => (await import("./policy")).policy,
    },
    {
        name: "ephemeral",
        summary: "whole deployments for a while, one for each branch, side by side",
        usage: `npm run ephemeral -- COMMAND [options]

  create NAME     deploys one in a namespace of its own; run again, it goes on where it was interrupted
  list            which there are, how they are, and when they end
  extend NAME     gives it another end, counted from now
  open NAME       opens its local port again and tells the sign-ins
  destroy NAME    takes it down with everything that belongs to it
  reap            takes down what has expired, and what no stack owns any more
  leaks           lists what no stack owns; exits with 1 when there is something

  --ttl TIME      90m, 4h, 2d; at most 14 days (create, extend; default 8h)
  --port N        local port (create, open; default any free one)
  --data KIND     synthetic or none: the documents it begins with (create; default synthetic)
  --tailnet NAME  example.ts.net: people of this tailnet reach it too (create); docs/ephemeral.md says what that needs
  --tailscale-image IMAGE  another image of Tailscale by digest than the pinned one (create, with --tailnet)
  --dry-run       only tell (reap)
  --json          as JSON (list, leaks)`,
        load: async () => (await import("./ephemeral")).ephemeral,
    },
    {
        name: "eval",
        summary: "measures search and answers on the questions that ship with the application",
        usage: `npm run eval -- [SETTING…] [options]

  SETTING           hybrid (what is in use), dense, words; several are shown side by side
  --search-only     without answers
  --misses          with every question that went wrong
  --json            as JSON

Exits with 1 when the first setting is below the gate.`,
        load: async () => (await import("./eval")).evaluate,
    },
    {
        name: "bench",
        summary: "measures the application on this machine, beside its peers",
        usage: `npm run bench -- [PART] [SIZE]

  PART              ingest, search, peers or threads; without one, all of them
  SIZE              passages that search is measured over (default 10000)

Needs a PostgreSQL of its own, so Linux and root. Nothing else should run beside it.`,
        load: async () => (await import("./eval")).bench,
    },
    {
        name: "audit:verify",
        summary: "checks that the audit log is what was written",
        usage: `npm run audit:verify -- [options]

  --url URL         ask a running application, with API_KEY (scope admin) in the environment
  --head N:HASH     the log must still hold this entry, told by an earlier check
  --json            as JSON

Without --url: the database of DATABASE_URL (or DATABASE_URL_FILE), else that of npm run dev.
Exits with 1 and names the entry when one was changed, taken out, moved or slipped in.`,
        load: async () => (await import("./eval")).verifyAudit,
    },
    {
        name: "doctor",
        summary: "checks this machine with the very checks that up runs",
        usage: `npm run doctor -- [options]

  --json            the findings as JSON

Exits with 1 when a check fails.`,
        load: async () => (await import("./doctor")).doctor,
    },
    {
        name: "dev",
        summary: "runs the app alone with an embedded database, reloading on save",
        usage: `npm run dev -- [options]

  --port N          port to listen on (default 5173)
  --reset           forget the embedded database first`,
        load: async () => (await import("./dev")).dev,
    },
    {
        name: "env",
        summary: "prints the line that makes plain pulumi commands work here",
        usage: `eval "$(npm run --silent env)"

Afterwards pulumi preview, pulumi up and pulumi stack use the same tools, state and passphrase as npm run up.`,
        load: async () => (await import("./env")).env,
    },
    {
        name: "test",
        summary: "runs all tests and ends with the line 'N passed, N failed'",
        usage: `npm test -- [suite …]

Without a suite, all of them run. --list names them.`,
        load: async () => (await import("./test")).test,
    },
];
