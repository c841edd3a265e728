/** The first people. Run at every migration: creates who is missing, follows a changed password, changes nothing else. */
import { hashPassword, verifyPassword } from "../auth/passwords.js";
import { FIRST_TENANT, scopeTransaction, type OwnerDatabase, type Role } from "./database.js";

export interface Seed {
    email: string;
    password: string;
    name: string;
    role: Role;
}

export async function seedUsers(owner: OwnerDatabase, seeds: readonly Seed[]): Promise<void> {
    for (const seed of seeds) {
        const email = seed.email.trim().toLowerCase();
        await owner.transaction(async (tx) => {
            await scopeTransaction(tx, "system");
            const known = await tx.query<{ id: string; password_hash: string | null }>("select id, password_hash from users where email = $1", [email]);
            if (known[0] === undefined) {
                await tx.query("insert into users (tenant_id, email, name, role, password_hash) values ($1, $2, $3, $4, $5)", [FIRST_TENANT, email, seed.name, seed.role, await hashPassword(seed.password)]);
            } else if (!(await verifyPassword(seed.password, known[0].password_hash ?? ""))) {
                await tx.query("update users set password_hash = $2, updated_at = now() where id = $1", [known[0].id, await hashPassword(seed.password)]);
                // Whoever knew the old password is signed out.
                await tx.query("update sessions set revoked_at = now() where user_id = $1 and revoked_at is null", [known[0].id]);
            }
        });
    }
}
