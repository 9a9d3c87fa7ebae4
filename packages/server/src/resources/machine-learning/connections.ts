// Connections of a workspace: addresses of other services and the credentials for them, which leave through listsecrets only.
// Source: contracts/azureml-rest.md §4, §6 Connections; contracts/azure-ai-ml.md §4.3.

import { type TProperties, Type } from 'typebox';
import { action, type ActionCall } from '#arm/action.ts';
import { type AnyResourceType, defineResourceType } from '#arm/resource-type.ts';
import { type JsonObject, objectAt, stringAt } from '#kernel/json.ts';
import { machineLearningVersions } from './api-versions.ts';
import { hubOf } from './workspaces/projects.ts';

const SECRET = Type.Optional(Type.String({ maxLength: 65_536 }));
const Text = Type.Optional(Type.String({ maxLength: 4096 }));

function connection<const N extends string>(authType: N, credentials: TProperties | undefined) {
  return Type.Object({
    authType: Type.Literal(authType),
    category: Type.String({ pattern: '^[A-Za-z0-9_]{1,100}$', accepts: '1 to 100 letters, digits or _' }),
    target: Type.Optional(Type.String({ maxLength: 8192 })),
    metadata: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
    expiryTime: Type.Optional(Type.String({ format: 'date-time' })),
    isSharedToAll: Type.Optional(Type.Boolean()),
    sharedUserList: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 1000 })),
    useWorkspaceManagedIdentity: Type.Optional(Type.Boolean()),
    peRequirement: Type.Optional(Type.Enum(['Required', 'NotRequired', 'NotApplicable'])),
    peStatus: Type.Optional(Type.Enum(['Inactive', 'Active', 'NotApplicable'])),
    ...(credentials === undefined ? {} : { credentials: Type.Optional(Type.Object(credentials)) }),
  });
}

interface ConnectionProperties {
  readonly authType: string;
  readonly category: string;
  readonly target?: string;
  readonly credentials?: JsonObject;
  readonly isSharedToAll?: boolean;
}

const schema = Type.Unsafe<ConnectionProperties>(
  Type.Union([
    connection('None', undefined),
    connection('AAD', undefined),
    connection('AccessKey', { accessKeyId: SECRET, secretAccessKey: SECRET }),
    connection('AccountKey', { key: SECRET }),
    connection('ApiKey', { key: SECRET }),
    connection('CustomKeys', { keys: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 65_536 }))) }),
    connection('ManagedIdentity', { clientId: Text, resourceId: Text }),
    connection('OAuth2', { authUrl: Text, clientId: Text, clientSecret: SECRET, developerToken: SECRET, password: SECRET, refreshToken: SECRET, tenantId: Text, username: Text }),
    connection('PAT', { pat: SECRET }),
    connection('SAS', { sas: SECRET }),
    connection('ServicePrincipal', { clientId: Text, clientSecret: SECRET, tenantId: Text }),
    connection('UsernamePassword', { password: SECRET, securityToken: SECRET, username: Text }),
  ]),
);

/** Parents of the categories, as the studio of Azure groups them. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  AzureAI: ['AzureOpenAI', 'AIServices', 'CognitiveSearch', 'CognitiveService', 'OpenAI', 'Serp', 'Serverless'],
  Azure: ['AzureBlob', 'AzureStorageAccount', 'AzureOneLake', 'ADLSGen2', 'AzureKeyVault', 'ContainerRegistry', 'AppInsights', 'AppConfig', 'AzureContainerAppEnvironment', 'ManagedOnlineEndpoint'],
  Database: ['AzureSqlDb', 'AzureMySqlDb', 'AzurePostgresDb', 'AzureSynapseAnalytics', 'Snowflake', 'SqlServer', 'MySql', 'PostgreSql', 'Oracle', 'AzureSqlMi', 'MariaDb', 'Db2', 'Teradata'],
  NoSQL: ['CosmosDb', 'CosmosDbMongoDbApi', 'Cassandra', 'Couchbase', 'MongoDbV2', 'MongoDbAtlas', 'Redis'],
  File: ['S3', 'AmazonS3Compatible', 'FileServer', 'FtpServer', 'GoogleCloudStorage', 'Hdfs', 'OracleCloudStorage', 'Sftp'],
  GenericProtocol: ['GenericHttp', 'ODataRest', 'Odbc', 'GenericRest', 'Git', 'PythonFeed'],
};

export function connections(workspaces: AnyResourceType) {
  return defineResourceType({
    type: 'Microsoft.MachineLearningServices/workspaces/connections',
    parent: workspaces,
    kind: 'proxy',
    apiVersions: machineLearningVersions,
    createdStatus: 200,
    // Observed: the template of a feature store names one with 35 letters, more than the published pattern has.
    name: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}$/,
    nameRule: 'has 3 to 128 letters, digits, - or _, and starts with a letter or digit',
    hasProvisioningState: false,
    properties: schema,
    secrets: ['/credentials'],
    // Azure: a hub's connections that are for all are those of its projects too.
    shared: { from: hubOf, isShared: ({ properties }) => properties.isSharedToAll === true },
    readOnly: ['/createdByWorkspaceArmId', '/group', '/error'],
    filters: { category: { equals: '/category' }, target: { equals: '/target' } },
    async prepare(_ctx, { desired }) {
      const given = desired.properties.category;
      // Observed: the template of a feature store says AzureDataLakeGen2, which is no category, and its clients read ADLSGen2.
      const category = given.toLowerCase() === 'azuredatalakegen2' ? 'ADLSGen2' : given;
      const group = Object.entries(GROUPS).find(([, categories]) => categories.some((known) => known.toLowerCase() === category.toLowerCase()))?.[0];
      const workspaceId = desired.id.slice(0, desired.id.toLowerCase().lastIndexOf('/connections/'));
      return { ...desired, properties: { ...desired.properties, category, group: group ?? 'ServicesAndApps', createdByWorkspaceArmId: workspaceId } };
    },
    actions: {
      listsecrets: action({
        async run(ctx, { resource, store, apiVersion }: ActionCall<unknown, unknown>) {
          const id = resource.id;
          const [body] = await store.render(ctx, [await store.get(id)], apiVersion);
          const credentials = objectAt(store.secretsOf(resource), 'credentials');
          const isNone = ['None', 'AAD'].includes(stringAt(resource.properties, 'authType') ?? '');
          return { ...body, properties: { ...objectAt(body, 'properties'), ...(isNone ? {} : { credentials }) } };
        },
      }),
    },
  });
}
