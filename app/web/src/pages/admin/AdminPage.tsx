import type { ReactNode } from "react";
import type { AdminSection } from "../../lib/router.ts";
import { Link } from "../../state/navigation.tsx";
import { AuditPage } from "./AuditPage.tsx";
import { ConnectionsPage } from "./ConnectionsPage.tsx";
import { EvaluationPage } from "./EvaluationPage.tsx";
import { PeoplePage } from "./PeoplePage.tsx";
import { SystemPage } from "./SystemPage.tsx";
import { UsagePage } from "./UsagePage.tsx";

const sections: Record<AdminSection, { label: string; page(): ReactNode }> = {
    people: { label: "People", page: () => <PeoplePage /> },
    usage: { label: "Usage and cost", page: () => <UsagePage /> },
    evaluation: { label: "Evaluation", page: () => <EvaluationPage /> },
    connections: { label: "Connections", page: () => <ConnectionsPage /> },
    audit: { label: "Audit log", page: () => <AuditPage /> },
    system: { label: "System", page: () => <SystemPage /> },
};

/** The pages of the administration under one row of tabs. */
export function AdminPage({ section }: { section: AdminSection }) {
    return (
        <div className="page">
            <nav className="tabs" aria-label="Administration">
                {(Object.keys(sections) as AdminSection[]).map((name) => (
                    <Link key={name} to={{ name: "admin", section: name }} aria-current={name === section ? "page" : undefined}>
                        {sections[name].label}
                    </Link>
                ))}
            </nav>
            {sections[section].page()}
        </div>
    );
}
