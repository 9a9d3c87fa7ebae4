// Federated credentials of a user-assigned identity: which tokens of which issuer stand for it at the token service.
// Source: contracts/schemas/arm/2024-11-30/Microsoft.ManagedIdentity.json; Entra "Workload identity federation".

import { Type } from 'typebox';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { Fault } from '#kernel/faults.ts';
import { stringAt } from '#kernel/json.ts';

const TYPE = 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials';
const MOST = 20;

export function federatedCredentials(identities: AnyResourceType) {
  return defineResourceType({
    type: TYPE,
    parent: identities,
    kind: 'proxy',
    apiVersions: { since: '2022-01-31-preview' },
    name: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,119}$/,
    nameRule: 'has 3 to 120 letters, digits, - or _, and starts with a letter or digit',
    hasProvisioningState: false,
    properties: Type.Object({
      issuer: Type.String({ minLength: 1, maxLength: 600 }),
      subject: Type.String({ minLength: 1, maxLength: 600 }),
      audiences: Type.Array(Type.String({ minLength: 1, maxLength: 600 }), { minItems: 1, maxItems: 20 }),
    }),
    validate(_ctx, { desired, reject }) {
      const { issuer } = desired.properties;
      if (!URL.canParse(issuer) || !/^https?:$/.test(new URL(issuer).protocol)) reject('properties.issuer', `issuer is '${issuer.slice(0, 200)}'; the URL of an OpenID Connect issuer is accepted.`);
    },
    async prepare(_ctx, { desired, current, store }) {
      const siblings = (await store.list(TYPE, desired.parentKey, { top: MOST + 1 })).items.filter((other) => other.key !== desired.key);
      if (current === undefined && siblings.length >= MOST)
        throw new Fault('invalid', 'BadRequest', `Too many Federated Identity Credentials are configured on the managed identity: at most ${MOST} are accepted. Delete one first.`);
      const { issuer, subject } = desired.properties;
      const same = siblings.find((other) => stringAt(other.properties, 'issuer') === issuer && stringAt(other.properties, 'subject') === subject);
      if (same !== undefined)
        throw new Fault('conflict', 'Conflict', `Issuer and subject combination already exists for this Managed Identity: '${same.name}' has the issuer '${issuer}' and the subject '${subject}'.`, {
          target: 'properties.subject',
        });
      return undefined;
    },
  });
}
