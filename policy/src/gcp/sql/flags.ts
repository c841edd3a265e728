import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { engineOf, flagsOf, isReplica } from "./instances";

interface Wanted {
    readonly flag: string;
    good(value: string): boolean;
    /** Whether its default is the wrong one, so that it should not be left out. */
    readonly required: boolean;
    readonly what: string;
}

const isOn = (value: string): boolean => /^(on|true|1)$/i.test(value);
const isOff = (value: string): boolean => /^(off|false|0)$/i.test(value);
const logs = "does not log what an investigation needs";

const wanted: Readonly<Record<string, readonly Wanted[]>> = {
    POSTGRES: [
        { flag: "log_connections", good: isOn, required: true, what: logs },
        { flag: "log_disconnections", good: isOn, required: true, what: logs },
        { flag: "log_lock_waits", good: isOn, required: true, what: logs },
        { flag: "cloudsql.enable_pgaudit", good: isOn, required: true, what: logs },
        { flag: "log_checkpoints", good: isOn, required: false, what: logs },
        { flag: "log_temp_files", good: value => value === "0", required: false, what: logs },
        { flag: "log_min_duration_statement", good: value => value === "-1", required: false, what: "writes statements, with their data, into the log" },
        { flag: "log_min_messages", good: value => !/^(panic|fatal|log)$/i.test(value), required: false, what: logs },
        { flag: "log_min_error_statement", good: value => !/^(panic|fatal|log)$/i.test(value), required: false, what: logs },
        { flag: "log_hostname", good: isOff, required: false, what: "looks up a name for each connection" },
        { flag: "log_statement", good: value => !/^none$/i.test(value), required: false, what: logs },
    ],
    MYSQL: [
        { flag: "local_infile", good: isOff, required: true, what: "lets a server read files of its clients" },
        { flag: "skip_show_database", good: isOn, required: false, what: "shows every user all databases" },
    ],
    SQLSERVER: [
        { flag: "cross db ownership chaining", good: isOff, required: false, what: "lets one database's owner into the others" },
        { flag: "contained database authentication", good: isOff, required: false, what: "lets databases have users that the server does not know" },
        { flag: "external scripts enabled", good: isOff, required: false, what: "runs foreign code in the server" },
        { flag: "remote access", good: isOff, required: false, what: "lets other servers run procedures" },
        { flag: "3625", good: isOn, required: false, what: "tells attackers too much in error messages" },
        { flag: "user options", good: value => value === "", required: false, what: "overrides safe defaults of connections" },
    ],
};

export const sqlFlags = typedRule({
    id: "gcp-sql-flags",
    title: "Databases of Cloud SQL log who connects, and have no unsafe switch on",
    what: "PostgreSQL: `log_connections`, `log_disconnections`, `log_lock_waits` and `cloudsql.enable_pgaudit` are on, and logging is not switched off elsewhere. MySQL: `local_infile` is off. What is only left out draws an advice. SQL Server: no ownership chaining, contained authentication, external scripts or remote access. Replicas are exempt.",
    why: "After a break-in the log of connections is often the only trace; `local_infile` and its like are how one breaks in.",
    severity: "low",
    strictness: "advisory",
    references: [cisGcp("6.1"), cisGcp("6.2"), cisGcp("6.3")],
    remediation: ["Add the flag to `settings.databaseFlags`."],
    compliant: [good(gcp.sql, { databaseVersion: "MYSQL_8_4", settings: { databaseFlags: [{ name: "local_infile", value: "off" }] } })],
    violating: [
        bad(gcp.sql, { settings: { databaseFlags: [{ name: "log_connections", value: "off" }] } }),
        bad(gcp.sql, { databaseVersion: "MYSQL_8_4", settings: { databaseFlags: [{ name: "local_infile", value: "on" }] } }),
        bad(gcp.sql, { databaseVersion: "SQLSERVER_2022_STANDARD", settings: { databaseFlags: [{ name: "cross db ownership chaining", value: "on" }] } }),
    ],
    types: [gcp.sql],
    check(resource, _settings, findings) {
        if (isReplica(resource)) return;
        const engine = engineOf(resource);
        const version = resource.properties.at("databaseVersion");
        if (engine === undefined) return version.unknown ? findings.undetermined(version) : undefined;
        const { flags, unclear } = flagsOf(resource);
        const place = resource.properties.at("settings", "databaseFlags");
        const missing: string[] = [];
        for (const { flag, good: isGood, required, what } of wanted[engine] ?? []) {
            const value = flags.get(flag);
            if (value) findings.require(value, raw => isGood(String(raw)), `${what} (${flag})`);
            else if (required) missing.push(flag);
        }
        if (unclear) findings.undetermined(unclear);
        // Left out they have their defaults, which log too little but open nothing.
        else if (missing.length > 0) findings.advice(place, `leaves out ${missing.join(", ")}`);
    },
});
