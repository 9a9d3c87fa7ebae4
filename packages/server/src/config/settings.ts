// Settings: one schema, one loader. Nothing else reads process.env.
// Command-line flags win over environment variables, which win over the defaults.

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Fault } from '#kernel/faults.ts';
import { schemaCheck } from './schema-check.ts';

export const SettingsSchema = Type.Object(
  {
    dataDir: Type.String({ description: 'Folder of everything Lazurite keeps on this machine.', env: 'LAZURITE_DATA_DIR' }),
    host: Type.String({ description: 'Address to listen on. Loopback unless told otherwise.', env: 'LAZURITE_HOST', default: '127.0.0.1' }),
    port: Type.Integer({ description: 'The one TCP port (TLS, plain HTTP for the studio, CONNECT proxy). 0 picks a free one.', env: 'LAZURITE_PORT', default: 7443, minimum: 0, maximum: 65535 }),
    domain: Type.String({
      description: 'Suffix of all virtual hosts; at least two labels, because a wildcard certificate under one label does not verify.',
      env: 'LAZURITE_DOMAIN',
      default: 'lazurite.localhost',
      pattern: '^(?=.{3,200}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$',
    }),
    databaseUrl: Type.String({
      description: 'postgres:// URL of an external PostgreSQL 15 or newer. Empty: the embedded one.',
      env: 'LAZURITE_DATABASE_URL',
      default: '',
      pattern: '^(postgres(ql)?://.+)?$',
    }),
    region: Type.String({ description: 'The Azure location this server stands for.', env: 'LAZURITE_REGION', default: 'local', pattern: '^[a-z0-9]{1,32}$' }),
    ephemeral: Type.Boolean({ description: 'Keep nothing: a temporary data folder, removed at the end.', env: 'LAZURITE_EPHEMERAL', default: false }),
    logLevel: Type.Union([Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')], {
      description: 'Lowest level that is logged.',
      env: 'LAZURITE_LOG_LEVEL',
      default: 'info',
    }),
    python: Type.String({ description: 'Python 3.9 or newer that runs the job runner and makes environments. Empty: found on PATH.', env: 'LAZURITE_PYTHON', default: '' }),
    fetchUv: Type.Boolean({ description: 'Install uv from the package index once, to make environments faster; false: pip.', env: 'LAZURITE_FETCH_UV', default: true }),
    oidcIssuer: Type.String({
      description: 'Issuer URL of an OpenID provider that people sign in with besides their passwords here. Empty: none.',
      env: 'LAZURITE_OIDC_ISSUER',
      default: '',
      pattern: '^(https://.+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?(/.*)?)?$',
    }),
    oidcClientId: Type.String({ description: 'Client id of this server at that provider.', env: 'LAZURITE_OIDC_CLIENT_ID', default: '' }),
    oidcClientSecret: Type.String({ description: 'Its client secret.', env: 'LAZURITE_OIDC_CLIENT_SECRET', default: '' }),
    oidcName: Type.String({ description: 'What the button of the sign-in page calls the provider.', env: 'LAZURITE_OIDC_NAME', default: 'your organization', minLength: 1, maxLength: 60 }),
    oidcGroupsClaim: Type.String({ description: 'Claim that names the groups of a person; each is a group here.', env: 'LAZURITE_OIDC_GROUPS_CLAIM', default: 'groups', minLength: 1 }),
    federationIssuers: Type.String({
      description: 'Issuer URLs, separated by commas and written as in their tokens, whose keys are read for workload federation although they are in a private network or on plain http.',
      env: 'LAZURITE_FEDERATION_ISSUERS',
      default: '',
    }),
    privateAddresses: Type.String({
      description:
        'Addresses and CIDR ranges, separated by commas, whose callers reach workspaces, storage accounts and vaults with public network access disabled: 127.0.0.1 and ::1 always, others while a private endpoint connection is approved. All other callers are refused there.',
      env: 'LAZURITE_PRIVATE_ADDRESSES',
      default: '127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7',
    }),
    proxyTargets: Type.String({
      description: 'What the CONNECT proxy tunnels besides our own names: empty for nothing, * for everything, or host names separated by commas.',
      env: 'LAZURITE_PROXY_TARGETS',
      default: '',
    }),
    customerKeyCacheSeconds: Type.Integer({
      description: 'How long the data key of a workspace with a customer-managed key is kept after the vault opened it. Changes of vaults, keys, roles and identities on this database end it at once.',
      env: 'LAZURITE_CUSTOMER_KEY_CACHE_SECONDS',
      default: 60,
      minimum: 0,
      maximum: 3600,
    }),
  },
  { additionalProperties: false },
);

export type Settings = Readonly<Static<typeof SettingsSchema>>;

const check = schemaCheck(SettingsSchema);

/** Of yes and no in environment variables, besides `true` and `false`. */
const SPELLINGS: Readonly<Record<string, boolean>> = { '1': true, '0': false };

/** Settings from flags over environment over defaults. Throws `invalid`/`InvalidSetting` naming the setting and its value. */
export function loadSettings(flags: Partial<Record<keyof Settings, unknown>>, env: NodeJS.ProcessEnv = process.env): Settings {
  const raw: Record<string, unknown> = { dataDir: resolve(homedir(), '.lazurite') };
  for (const [name, schema] of Object.entries(SettingsSchema.properties)) {
    const options = schema as { type?: string; env?: string; default?: unknown };
    const fromEnv = options.env === undefined ? undefined : env[options.env];
    if (options.default !== undefined) raw[name] = options.default;
    if (fromEnv !== undefined && fromEnv !== '') raw[name] = options.type === 'boolean' ? (SPELLINGS[fromEnv] ?? fromEnv) : fromEnv;
    const flag = flags[name as keyof Settings];
    if (flag !== undefined) raw[name] = flag;
  }
  raw['dataDir'] = resolve(String(raw['dataDir']));
  const first = check.coerce(raw);
  if (first !== undefined) {
    const name = first.instancePath.replace(/^\//, '') || 'settings';
    const options = SettingsSchema.properties[name as keyof Settings] as { description?: string; env?: string } | undefined;
    throw new Fault('invalid', 'InvalidSetting', `Setting ${name} (${options?.env ?? 'flag'}) cannot be ${JSON.stringify(raw[name])}: ${first.message}. ${options?.description ?? ''}`, {
      target: name,
    });
  }
  return raw as Settings;
}
