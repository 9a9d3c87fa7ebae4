// compose: the only place where things are constructed and joined.

import { createDeviceCodes, createPasswords } from '#identity/people.ts';
import { join } from 'node:path';
import { type Arm, createArm } from '#arm/arm.ts';
import type { Resources } from '#arm/resources.ts';
import { blobWorkKinds, startBlobWork } from '#blobs/blob-work.ts';
import { createBlobService } from '#blobs/create-blob-service.ts';
import { createFileService } from '#blobs/file-shares.ts';
import { shareWorkKinds } from '#blobs/shares/share-work.ts';
import { openLocalDisk } from '#blobs/local-disk.ts';
import { cloudNames, type CloudNames } from '#config/cloud-names.ts';
import { findInstallationFile, installationFile } from '#config/installation-files.ts';
import type { Settings } from '#config/settings.ts';
import { version } from '#config/version.ts';
import { createEnvironments } from '#environments/environments.ts';
import { createHttpServer, type HttpServer } from '#http/server.ts';
import { loadTls, type TlsMaterial } from '#http/tls.ts';
import { createClientAssertions } from '#identity/assertions/client-assertions.ts';
import { createIssuerKeys } from '#identity/assertions/issuer-keys.ts';
import { createAudiences } from '#identity/audiences.ts';
import { isPartOf } from '#identity/bootstrap.ts';
import { createAuthorizer } from '#identity/authorize.ts';
import { openDirectoryCache } from '#identity/directory-cache.ts';
import { createIdentityHeaders } from '#identity/identity-headers.ts';
import { createSessions } from '#identity/sessions.ts';
import { createSigningKeys, rotateKeysKind } from '#identity/signing-keys.ts';
import { createTokenService } from '#identity/token-service.ts';
import { createTokens, type Tokens } from '#identity/tokens.ts';
import { createLocalDriver } from '#jobs/drivers/local/local-driver.ts';
import { createJobEngine, type JobEngine } from '#jobs/engine.ts';
import type { Clock } from '#kernel/clock.ts';
import { systemPrincipal } from '#kernel/principal.ts';
import { createOperatorFetch } from '#outbound/operator-fetch.ts';
import { fetchJson } from '#outbound/fetch-json.ts';
import { createOutboundHttp } from '#outbound/outbound-http.ts';
import { createBlobPlane } from '#planes/storage/blob-plane.ts';
import { createDfsPlane } from '#planes/storage/dfs-plane.ts';
import { createFilePlane } from '#planes/storage/file/file-plane.ts';
import { createNeighbourServicesPlane } from '#planes/storage/neighbour-services.ts';
import { createDiscoveryPlane } from '#planes/discovery/discovery-plane.ts';
import { createGraphPlane } from '#planes/graph/graph-plane.ts';
import { createInstanceMetadataPlane } from '#planes/instance-metadata/instance-metadata-plane.ts';
import { createKeyVaultPlane } from '#planes/key-vault/plane.ts';
import { createLoginPlane } from '#planes/login/login-plane.ts';
import { createMlflowPlane } from '#planes/mlflow/mlflow-plane.ts';
import { createOperationsPlane } from '#planes/operations/operations-plane.ts';
import { createRunHistoryPlane } from '#planes/run-history/run-history-plane.ts';
import { createStudioPlane } from '#planes/studio/studio-plane.ts';
import type { ResourcePorts } from '#resources/ports.ts';
import { createRegistry, prepareImageBuild } from '#resources/registry.ts';
import { findByName } from '#storage/asset-store.ts';
import type { Database } from '#storage/database.ts';
import { enqueueWork, queueDepths } from '#storage/work-store.ts';
import type { ServerLog } from '#telemetry/log.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import { createArtifacts } from '#tracking/artifacts.ts';
import { createSeries, listMetricKeys } from '#tracking/series.ts';
import { createTracking } from '#tracking/tracking.ts';
import { openEnvelope } from '#vault/envelope.ts';
import { createCertificates } from '#vault/certificates.ts';
import { customerKeyWork } from '#vault/customer-key-work.ts';
import { openCustomerKeys } from '#vault/customer-keys.ts';
import { createIssuers } from '#vault/issuers.ts';
import { createKeys as createVaultKeys } from '#vault/keys.ts';
import { createRowKeys } from '#vault/row-keys.ts';
import { createSeals } from '#vault/seals.ts';
import { createSecrets as createVaultSecrets } from '#vault/secrets.ts';
import { vaultWork } from '#vault/vault-work.ts';
import { Worker } from '#work/worker.ts';
import { createAuthenticator, createBlobAccess, createDataAccess } from './compose/access/access.ts';
import { createAssetCatalog } from './compose/asset-catalog.ts';
import { createContent } from './compose/content.ts';
import { createEncryptionPort } from './compose/vault/encryption-port.ts';
import { fetchIssuerDocument, originsOf, parseIssuers } from './compose/federation-issuers.ts';
import { externalProvider } from './compose/external-provider.ts';
import { createIdentityPort, createJobIdentityHeaders, createRolePort } from './compose/identities.ts';
import { createComputePort, createJobEndpoints, createJobPort, createOutputRegistrar, studioJobUrl } from './compose/job-port.ts';
import { createKeyCustodian } from './compose/vault/key-custodian.ts';
import { lazyDriver } from './compose/lazy-driver.ts';
import { type Machine, openMachine } from './compose/machine-credentials.ts';
import { createIdentityChooser } from './compose/managed-identity-choice.ts';
import { createProbes, describeMachine } from './compose/probes.ts';
import { createModelAssets } from './compose/model-assets.ts';
import { createRunHistoryJobs } from './compose/run-history.ts';
import { createNetworkAccess, parsePrivateAddresses } from './compose/access/network-access.ts';
import { createRunTimeline } from './compose/run-timeline.ts';
import { openStorageDirectory } from './compose/storage-directory.ts';
import { createStoragePort } from './compose/storage-port.ts';
import { createStoredFiles } from './compose/stored-files.ts';
import { templateEnvironment } from './compose/template-environment.ts';
import { createVaultDirectory } from './compose/vault/vault-directory.ts';
import { createVaultPort } from './compose/vault/vault-port.ts';

const MOST_JOBS_AT_ONCE = 512;

export interface ComposeOptions {
  readonly settings: Settings;
  readonly database: Database;
  readonly log: ServerLog;
  readonly clock: Clock;
  readonly ownerName: string;
  /** Of the data folder, see DataFolder. */
  readonly folderId: string;
  /** The server's own environment variables; builds of environments take search path, proxies and certificates from it. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  readonly serverlessNodes: number;
}

export interface Composition {
  readonly names: CloudNames;
  readonly tls: TlsMaterial;
  readonly machine: Machine;
  readonly http: HttpServer;
  readonly arm: Arm;
  readonly database: Database;
  readonly tokens: Tokens;
  /** Listens, takes over jobs of an earlier server, starts the worker. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function compose(options: ComposeOptions): Promise<Composition> {
  const { settings, database, log, clock, hostEnvironment } = options;
  const { dataDir, domain, region } = settings;
  const names = cloudNames(settings);
  const envelope = openEnvelope(join(dataDir, 'master.key'));
  const [tls, machine] = await Promise.all([
    loadTls({ dataDir, domain, region, clock }),
    openMachine({ database, clock, domain }, { dataDir, ownerName: options.ownerName, studioOrigin: names.studio }),
  ]);
  const { installation } = machine;
  const { tenantId } = installation;

  const keys = createSigningKeys({ database, envelope, clock });
  const audiences = createAudiences(domain);
  const directory = await openDirectoryCache({ database, clock });
  const tokens = createTokens({ database, directory, keys, audiences, clock, tenantId, domain });
  const network = createNetworkAccess({ database, privateAddresses: parsePrivateAddresses(settings.privateAddresses) });
  const authorizer = network.guard(createAuthorizer({ db: database.sql, directory }));
  const sessions = createSessions({ database, clock });

  const passwords = createPasswords({ database, clock });
  const issuers = parseIssuers(settings.federationIssuers);
  const operatorFetch = createOperatorFetch(originsOf(issuers));
  const external = externalProvider(settings, { database, domain, fetch: operatorFetch.fetch });

  const outbound = createOutboundHttp();
  const issuerKeys = createIssuerKeys({ clock, fetchJson: (url) => fetchJson(outbound, url), trusted: { issuers, fetchJson: (url) => fetchIssuerDocument(operatorFetch, url) } });
  const assertions = createClientAssertions({ database, clock, tenantId, domain, keys, issuerKeys });

  const vaultDeps = { database, envelope };
  const vault = { secrets: createVaultSecrets(vaultDeps), keys: createVaultKeys(vaultDeps), certificates: createCertificates(vaultDeps), issuers: createIssuers(vaultDeps) };
  const vaults = createVaultDirectory({ database, names });
  // Why aside: any read of a sealed workspace, also within a transaction, may wait for what these look up.
  const aside = database.aside();
  const custodian = createKeyCustodian({
    database: aside,
    vaults: createVaultDirectory({ database: aside, names }),
    keys: createVaultKeys({ database: aside, envelope }),
    authorizer: createNetworkAccess({ database: aside, privateAddresses: parsePrivateAddresses(settings.privateAddresses) }).guard(createAuthorizer({ db: aside.sql, directory })),
    tenantId,
  });
  const customerKeys = await openCustomerKeys({
    database: aside,
    envelope,
    clock,
    custodian,
    cacheMs: settings.customerKeyCacheSeconds * 1000,
    context: () => ({ principal: systemPrincipal, correlationId: 'customer-key', log, clock, signal: () => new AbortController().signal }),
  });

  database.supplyRowKeys(createRowKeys(customerKeys));

  const bytes = openLocalDisk(join(dataDir, 'blobs'), clock);
  const blobDeps = { database, bytes, clock, keys: customerKeys };
  const blobs = createBlobService(blobDeps);
  const shares = createFileService(blobDeps);

  // Why these two look-ups: resources and the engines behind them know each other through ports only.
  let resources: Resources | undefined;
  let resourceManager: Arm | undefined;
  let jobEngine: JobEngine | undefined;
  const store = (): Resources => known(resources);
  const engine = (): JobEngine => known(jobEngine);
  const choiceDeps = { database, store, authorizer, clock, log, tenantId };
  const identityHeaders = createIdentityHeaders({ database, clock, tokens, ownAppId: installation.cliAppId, choose: createIdentityChooser(choiceDeps) });
  const storage = await openStorageDirectory({ database, clock, store });
  const content = createContent({ blobs, storage, database, engine });
  const catalog = createAssetCatalog({ database, store, storage });

  const ports: ResourcePorts = {
    installation: () => ({ tenantId, subscriptionId: installation.subscriptionId, subscriptionName: installation.subscriptionName, region, domain }),
    sites: {
      api: () => names.api,
      login: () => names.login,
      resourceManager: () => names.resourceManager,
      service: (name, service) => (service === 'vault' ? names.vaultUri(name) : names.storageEndpoint(name, service)),
      registry: (name) => names.registryHost(name),
      suffix: () => names.suffixes.storage,
      studioJob: (workspaceId, jobName) => studioJobUrl(names, workspaceId, jobName),
    },
    roles: createRolePort(database),
    identities: createIdentityPort({ authorizer }),
    storage: createStoragePort({ blobs, blobDeps, storage }),
    registries: { find: (name) => findByName(database.sql, 'microsoft.containerregistry/registries', name) },
    vaults: createVaultPort({ ...vaultDeps, ...vault, names }),
    jobs: createJobPort({ engine, store, content }),
    computes: createComputePort(engine, database),
    content: { remove: (tx, ctx, workspace) => content.removeWorkspace(tx, ctx, workspace) },
    access: authorizer,
    probes: createProbes(blobs),
    links: { mayApprove: (ctx, target) => authorizer.can(ctx, 'action', `${target.type}/privateEndpointConnectionsApproval/action`, target.id) },
    machine: () => describeMachine(dataDir),
    encryption: createEncryptionPort({ database, vaults, keys: vault.keys, custodian, customerKeys }),
    deployments: { database, arm: () => known(resourceManager), environment: () => templateEnvironment(names) },
  };
  const registry = createRegistry(ports);
  const arm = createArm({ database, registry, authorizer, seals: createSeals(envelope, customerKeys) });
  resources = arm.store;
  resourceManager = arm;

  const environments = createEnvironments({ dir: join(dataDir, 'environments'), python: settings.python, log, hostEnvironment, fetchUv: settings.fetchUv });
  const driver = lazyDriver('local', async () => createLocalDriver({ python: (await environments.defaultInterpreter()).path, log, runner: installationFile('runner') }));
  jobEngine = createJobEngine({
    database,
    blobs,
    files: shares,
    driver,
    catalog,
    access: createDataAccess({ authorizer, database, storage, clock, log }),
    environments,
    imageBuilds: { prepare: (ctx, workspaceKey) => prepareImageBuild(ctx, { database, store: store() }, workspaceKey) },
    tokens: { issueJobToken: async ({ principal, ...job }) => (await tokens.issueJobToken({ ...job, principalId: principal.objectId })).token },
    identity: createJobIdentityHeaders(choiceDeps),
    endpoints: createJobEndpoints(names, tls.bundleFile),
    outbound,
    registrar: createOutputRegistrar({ database, store }),
    clock,
    log,
    dir: join(dataDir, 'jobs'),
    host: options.folderId,
    serverlessNodes: options.serverlessNodes,
    sealed: customerKeys,
    onJobEnded: (tx, _ctx, { workspaceKey, jobName }) => tokens.endJob(tx, workspaceKey, jobName),
  });

  const accounts = { find: (workspaceKey: string) => storage.ofWorkspace(workspaceKey) };
  const tracking = createTracking({ database, accounts, keys: customerKeys });
  const artifacts = createArtifacts({ blobs, accounts });
  const workers = [
    new Worker({
      database,
      host: options.folderId,
      log,
      clock,
      kinds: [
        ...arm.work,
        ...blobWorkKinds(blobDeps),
        ...shareWorkKinds(blobDeps),
        ...content.work,
        ...vaultWork(vaultDeps, vault.keys, vault.certificates),
        ...customerKeyWork(database, customerKeys),
        keys.work,
      ],
    }),
    // Why a worker of its own: a job holds its item as long as it runs, and must not keep anything else waiting.
    new Worker({ database, host: options.folderId, log, clock, kinds: jobEngine.work, concurrency: MOST_JOBS_AT_ONCE }),
  ];
  const metrics = createMetrics();
  metrics.labelledGauge('lazurite_work_items', 'Work items that wait or run, by state.', 'state', () => queueDepths(database.sql));
  metrics.labelledGauge('lazurite_transaction_retries', 'Transactions that were run again since the start, by what ended them.', 'cause', async () => database.retries());

  const studioDir = findInstallationFile('studio');
  const storagePlaneDeps = {
    ...blobDeps,
    accounts: storage,
    access: createBlobAccess({ tokens, authorizer, database, tenantId }),
    delegationMaster: envelope.derive('user-delegation'),
    authorizationUri: `${names.login}/${tenantId}/oauth2/authorize`,
  };
  const http = await createHttpServer({
    settings,
    tls,
    log,
    metrics,
    clock,
    arm,
    authenticator: createAuthenticator(tokens),
    authorizer,
    network,
    isReady: () => database.isReady(),
    ...(studioDir === undefined ? {} : { studioDir }),
    planes: [
      createDiscoveryPlane(() => names),
      createLoginPlane({
        database,
        clock,
        tenantId,
        domain,
        audiences,
        tokenService: createTokenService({ database, clock, tenantId, domain, audiences, tokens, assertions }),
        keys,
        sessions,
        passwords,
        deviceCodes: createDeviceCodes({ database, clock }),
        ...(external === undefined ? {} : { external }),
        studioAppId: installation.studioAppId,
        csrfKey: envelope.derive('login-csrf'),
      }),
      createGraphPlane({
        database,
        clock,
        tenantId,
        domain,
        passwords,
        acceptsIssuer: issuerKeys.isAccepted,
        isProtected: isPartOf(installation),
        access: { can: (ctx, action) => authorizer.can(ctx, 'action', action, '/') },
      }),
      createInstanceMetadataPlane({ identityHeaders }),
      createBlobPlane(storagePlaneDeps),
      createDfsPlane(storagePlaneDeps),
      createFilePlane(storagePlaneDeps),
      ...(['queue', 'table'] as const).map((service) => createNeighbourServicesPlane(storagePlaneDeps, service)),
      createKeyVaultPlane({
        ...vaultDeps,
        ...vault,
        vaults,
        access: { authenticate: (authorization) => createAuthenticator(tokens).authenticate(authorization, 'vault'), requireData: authorizer.requireData },
        challenge: () => ({ authority: `${names.login}/${tenantId}`, resource: names.vaultUri('x').replace('//x.', '//') }),
      }),
      createMlflowPlane({ database, tracking, artifacts, assets: createModelAssets({ database, store, catalog, engine }), studioOrigin: names.local }),
      createOperationsPlane({ database }),
      createRunHistoryPlane({ database, jobs: createRunHistoryJobs({ database, store, engine, storage, blobs, names, clock }) }),
      createStudioPlane({
        database,
        blobs,
        files: createStoredFiles({ artifacts, blobs, shares, engine }),
        series: { ...createSeries({ keys: customerKeys }), listMetricKeys },
        sealed: customerKeys,
        timeline: createRunTimeline(),
        accounts,
        access: authorizer,
        network,
        store: () => arm.store,
        types: () => arm.types,
        ticketKey: envelope.derive('studio-download'),
        config: () => ({
          tenantId,
          clientId: installation.studioAppId,
          authority: `/${tenantId}`,
          armAudience: 'https://management.azure.com',
          defaultSubscription: installation.subscriptionId,
          region,
          version,
        }),
      }),
    ],
  });

  return {
    names,
    tls,
    machine,
    http,
    arm,
    database,
    tokens,
    async start() {
      await database.transaction((tx) => enqueueWork(tx, { kind: rotateKeysKind, payload: {}, dedupeKey: 'all', correlationId: 'start' }));
      await arm.start();
      await startBlobWork(blobDeps);
      await engine().recover();
      await http.listen();
      for (const worker of workers) await worker.start();
    },
    async stop() {
      await http.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      engine().close();
      await Promise.all([outbound.close(), operatorFetch.close()]);
    },
  };
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('used before everything was joined');
  return value;
}
