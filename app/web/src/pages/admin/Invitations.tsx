import { type FormEvent, useState } from "react";
import { people as api } from "../../api/endpoints.ts";
import type { Invitation, Role } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Secret } from "../../components/Secret.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { date, fromNow } from "../../lib/format.ts";
import { invitationAddress } from "../../lib/links.ts";
import { roleLabels } from "../../lib/roles.ts";
import { useAction } from "../../state/action.ts";
import { useNow } from "../../state/hooks.ts";
import { useResource } from "../../state/resource.ts";

/** Who was invited to register, and inviting more. */
export function Invitations() {
    const { data, error: failure, loading, reload } = useResource<Invitation[]>("admin/invitations", api.invitations);
    const [email, setEmail] = useState("");
    const [role, setRole] = useState<Role>("user");
    const [made, setMade] = useState<{ email: string; address: string } | null>(null);
    const [withdrawing, setWithdrawing] = useState<Invitation | null>(null);
    const { busy, error, run } = useAction();
    const now = useNow(60_000);
    const invite = (event: FormEvent): void => {
        event.preventDefault();
        void run(async () => {
            const { invitation, email: invited } = await api.invite(email.trim(), role, 14);
            setMade({ email: invited, address: invitationAddress(invitation, invited) });
            setEmail("");
            await reload();
        });
    };
    const stateOf = ({ usedAt, expiresAt }: Invitation): string =>
        usedAt ? `came ${date(usedAt)}` : Date.parse(expiresAt) <= now ? `expired ${date(expiresAt)}` : `works until ${date(expiresAt)} (${fromNow(expiresAt, now)})`;
    return (
        <section className="card" aria-labelledby="invitations">
            <h2 id="invitations">Invitations</h2>
            <p>Somebody who is invited registers by a link within 14 days and chooses name and password.</p>
            {failure && <ErrorNote error={failure} doing="Loading the invitations" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton rows={1} label="Loading the invitations" />}
            {made && (
                <Secret label={`The link for ${made.email}.`} value={made.address}>
                    Send it to them. It works once, for this address, and is shown only now.
                </Secret>
            )}
            {data && data.length > 0 && (
                <ul className="line-list" aria-label="Invitations">
                    {data.map((invitation) => (
                        <li key={invitation.id}>
                            <div>
                                <strong>{invitation.email}</strong>
                                <p className="quiet">
                                    {roleLabels[invitation.role]} · {stateOf(invitation)}
                                </p>
                            </div>
                            {invitation.usedAt === null && (
                                <Button icon="close" aria-label={`Withdraw the invitation of ${invitation.email}`} onClick={() => setWithdrawing(invitation)}>
                                    Withdraw
                                </Button>
                            )}
                        </li>
                    ))}
                </ul>
            )}
            <form className="inline-form" onSubmit={invite}>
                <label>
                    <span>E-mail address</span>
                    <input type="email" value={email} required maxLength={254} autoComplete="off" spellCheck={false} onChange={(event) => setEmail(event.target.value)} />
                </label>
                <SelectField label="Role" value={role} options={(Object.keys(roleLabels) as Role[]).map((value) => ({ value, label: roleLabels[value] }))} onChange={(next) => setRole(next)} />
                <Button type="submit" busy={busy}>
                    Invite
                </Button>
            </form>
            {error && <ErrorNote error={error} doing="Inviting" />}
            {withdrawing && (
                <ConfirmDialog
                    title="Withdraw this invitation?"
                    action="Withdraw"
                    work={() => api.withdraw(withdrawing.id)}
                    onClose={() => setWithdrawing(null)}
                    onDone={() => {
                        setWithdrawing(null);
                        setMade(null);
                        void reload();
                    }}
                >
                    <p>
                        The link of <strong className="breakable">{withdrawing.email}</strong> stops working.
                    </p>
                </ConfirmDialog>
            )}
        </section>
    );
}
