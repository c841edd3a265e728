import { useState } from "react";
import { people as api } from "../../api/endpoints.ts";
import type { Person, Role } from "../../api/types.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Icon } from "../../components/Icon.tsx";
import { passwordAddress } from "../../lib/links.ts";
import { SearchField } from "../../components/SearchField.tsx";
import { Secret } from "../../components/Secret.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { date, dateTime, fromNow, plural } from "../../lib/format.ts";
import { roleLabels, roleOptions } from "../../lib/roles.ts";
import { useAction } from "../../state/action.ts";
import { useNow, useTitle } from "../../state/hooks.ts";
import { useResource } from "../../state/resource.ts";
import { useSession } from "../../state/session.tsx";
import { EraseDialog } from "./EraseDialog.tsx";
import { Invitations } from "./Invitations.tsx";
import { PersonDialog } from "./PersonDialog.tsx";

/** Who may use the application, and as what. */
export function PeoplePage() {
    useTitle("People");
    const { data, error, loading, reload } = useResource<Person[]>("admin/people", api.list);
    const [words, setWords] = useState("");
    const [adding, setAdding] = useState(false);
    const [link, setLink] = useState<{ email: string; address: string } | null>(null);
    const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const shown = (data ?? []).filter(({ email, name }) => wanted.every((word) => `${name} ${email}`.toLowerCase().includes(word)));
    const changed = (): void => void reload();
    const giveLink = (email: string, token: string): void => setLink({ email, address: passwordAddress(token) });

    return (
        <>
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>People</h1>
                    <p className="quiet">Who may use this application, and as what.</p>
                </div>
                <div className="page-actions">
                    <Button icon="plus" look="primary" onClick={() => setAdding(true)}>
                        Add somebody
                    </Button>
                </div>
            </header>
            {error && <ErrorNote error={error} doing="Loading the people" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton label="Loading the people" />}
            {link && (
                <div className="stacked">
                    <Secret label={`The link for ${link.email}.`} value={link.address}>
                        Send it to them: with it they choose their password. It works once and is shown only now.
                    </Secret>
                </div>
            )}
            {data && (
                <section className="card" aria-labelledby="people">
                    <div className="overview-line">
                        <h2 id="people">{plural(data.length, "person", "people")}</h2>
                        {data.length > 5 && <SearchField label="Find somebody" value={words} onChange={setWords} />}
                    </div>
                    {shown.length === 0 && <p className="nothing-fits">Nobody fits.</p>}
                    <ul className="line-list" aria-label="People">
                        {shown.map((person) => (
                            <PersonRow key={person.id} person={person} onChanged={changed} onLink={giveLink} />
                        ))}
                    </ul>
                </section>
            )}
            <Invitations />
            {adding && (
                <PersonDialog
                    onClose={() => setAdding(false)}
                    onAdded={(email, token) => {
                        setAdding(false);
                        giveLink(email, token);
                        void reload();
                    }}
                />
            )}
        </>
    );
}

interface PersonRowProps {
    person: Person;
    onChanged(): void;
    onLink(email: string, token: string): void;
}

function PersonRow({ person, onChanged, onLink }: PersonRowProps) {
    const { user } = useSession();
    const { busy, error, run } = useAction();
    const [asking, setAsking] = useState<"deactivate" | "erase" | { role: Role } | null>(null);
    const now = useNow(60_000);
    const { id, name, email, active } = person;
    const self = user?.id === id;
    const done = (): void => {
        setAsking(null);
        onChanged();
    };
    return (
        <li>
            <div>
                <strong>{name}</strong> {self && <span className="pill">You</span>} {!active && <span className="pill bad">deactivated</span>}
                <p className="quiet">
                    {email} · since {date(person.createdAt)} · {person.lastSignInAt ? <time title={dateTime(person.lastSignInAt)}>signed in {fromNow(person.lastSignInAt, now)}</time> : "never signed in"}
                </p>
                {error && <ErrorNote error={error} />}
            </div>
            <div className="page-actions">
                <SelectField
                    label={`Role of ${name}`}
                    hideLabel
                    value={person.role}
                    options={(Object.keys(roleLabels) as Role[]).map((value) => ({ value, label: roleLabels[value] }))}
                    disabled={busy || self}
                    onChange={(role) => setAsking({ role })}
                />
                {!self && (
                    <>
                        <IconButton icon="key" label={`New password for ${name}`} disabled={busy} onClick={() => void run(() => api.reset(id).then(({ token }) => onLink(email, token)))} />
                        {active ? (
                            <Button busy={busy} aria-label={`Deactivate ${name}`} onClick={() => setAsking("deactivate")}>
                                Deactivate
                            </Button>
                        ) : (
                            <Button busy={busy} aria-label={`Activate ${name}`} onClick={() => void run(() => api.change(id, { active: true }).then(onChanged))}>
                                Activate
                            </Button>
                        )}
                    </>
                )}
                <a className="icon-button" href={api.exportUrl(id)} download={`person-${id}.json`} aria-label={`Export everything about ${name}`} title={`Export everything about ${name}`}>
                    <Icon name="download" />
                </a>
                {!self && <IconButton icon="trash" label={`Erase ${name}`} onClick={() => setAsking("erase")} />}
            </div>
            {typeof asking === "object" && asking && (
                <ConfirmDialog title={`Make ${name} ${roleLabels[asking.role].toLowerCase()}?`} action="Change the role" work={() => api.change(id, { role: asking.role })} onClose={() => setAsking(null)} onDone={done}>
                    <p>{roleOptions.find(({ value }) => value === asking.role)?.label}. They are signed out and sign in again with the new role.</p>
                </ConfirmDialog>
            )}
            {asking === "deactivate" && (
                <ConfirmDialog title={`Deactivate ${name}?`} action="Deactivate" work={() => api.change(id, { active: false })} onClose={() => setAsking(null)} onDone={done}>
                    <p>They are signed out at once and cannot sign in. Everything of theirs stays; you can activate them again.</p>
                </ConfirmDialog>
            )}
            {asking === "erase" && <EraseDialog title={`Erase ${name}?`} work={(documents) => api.erase(id, documents)} onClose={() => setAsking(null)} onDone={done} />}
        </li>
    );
}
