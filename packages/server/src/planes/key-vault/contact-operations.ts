// Certificate contacts, which Terraform reads of every vault. Source: Key Vault REST, "Set certificate contacts".

import { Fault } from '#kernel/faults.ts';
import { isJsonObject, type JsonObject } from '#kernel/json.ts';
import { findContacts, setContacts } from '#storage/vault-store.ts';
import { checkText } from '#vault/attributes.ts';
import { badParameter } from '#vault/faults.ts';
import { changeVault } from '#vault/vault-content.ts';
import type { VaultRef } from '#vault/vault-ref.ts';
import type { Call, Operation } from './operation.ts';

const needs = { action: 'certificatecontacts/write', area: 'certificates', permissions: ['managecontacts'] } as const;
const PATH = 'certificates/contacts';

async function read({ deps, vault }: Call): Promise<readonly JsonObject[]> {
  const contacts = await findContacts(deps.database.sql, vault.key);
  if (contacts === undefined) throw new Fault('notFound', 'ContactsNotFound', `Contacts not found: none were set for the vault '${vault.name}'.`);
  return contacts;
}

function bodyOf(vault: VaultRef, contacts: readonly JsonObject[]): JsonObject {
  return { id: `${vault.uri}/${PATH}`, contacts };
}

function parseContacts(body: unknown): readonly JsonObject[] {
  const given = isJsonObject(body) ? body['contacts'] : undefined;
  if (!Array.isArray(given) || given.length === 0 || given.length > 100) throw badParameter("Property 'contacts' must be a list of 1 to 100 contacts.", 'contacts');
  return given.map((contact) => {
    const members = ['email', 'name', 'phone'].flatMap((name) => (isJsonObject(contact) && typeof contact[name] === 'string' ? [[name, contact[name]] as const] : []));
    if (!members.some(([name, value]) => name === 'email' && value.includes('@'))) throw badParameter("A contact has no 'email' with an address.", 'contacts.email');
    for (const [name, value] of members) checkText(value, `contacts.${name}`);
    return Object.fromEntries(members);
  });
}

export const contactOperations: readonly Operation[] = [
  { title: 'CertificateContactsGet', method: 'GET', path: PATH, needs, run: async (call) => bodyOf(call.vault, await read(call)) },
  {
    title: 'CertificateContactsSet',
    method: 'PUT',
    path: PATH,
    needs,
    async run({ deps, vault, body }) {
      const contacts = parseContacts(body);
      await changeVault(deps, vault, ({ tx }) => setContacts(tx, vault.key, contacts));
      return bodyOf(vault, contacts);
    },
  },
  {
    title: 'CertificateContactsDelete',
    method: 'DELETE',
    path: PATH,
    needs,
    async run(call) {
      const contacts = await read(call);
      await changeVault(call.deps, call.vault, ({ tx }) => setContacts(tx, call.vault.key, undefined));
      return bodyOf(call.vault, contacts);
    },
  },
];
