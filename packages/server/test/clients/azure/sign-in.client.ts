// Every credential of @azure/identity that this server serves.

import { ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { report, variable } from './session.ts';

const management = `${variable('LAZURITE_ARM_ENDPOINT')}/.default`;
const options = { authorityHost: variable('AZURE_AUTHORITY_HOST'), disableInstanceDiscovery: true };
const tenant = variable('AZURE_TENANT_ID');
const credentials: Readonly<Record<string, TokenCredential>> = {
  secret: new ClientSecretCredential(tenant, variable('CLIENT_ID'), variable('CLIENT_SECRET'), options),
  managedIdentity: new ManagedIdentityCredential(),
  default: new DefaultAzureCredential(),
};

const audiences: Record<string, string> = {};
for (const [name, credential] of Object.entries(credentials)) {
  for (const scope of [management, 'https://management.azure.com/.default', 'https://storage.azure.com/.default']) {
    const { token, expiresOnTimestamp } = (await credential.getToken(scope)) ?? { token: '', expiresOnTimestamp: 0 };
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const audience = typeof claims === 'object' && claims !== null && 'aud' in claims ? String(claims.aud) : '';
    audiences[`${name} ${scope}`] = expiresOnTimestamp > Date.now() + 600_000 ? audience : 'expires too soon';
  }
}
const wrong = await new ClientSecretCredential(tenant, variable('CLIENT_ID'), 'not-the-secret', options).getToken(management).then(
  () => 'accepted',
  (error: unknown) => String(error),
);
report({ audiences, wrong });
