// Container registries by @azure/arm-containerregistry.

import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry';
import { collect, openSession, refusal, report, variable } from '../azure/session.ts';

const { credential, resources, subscription } = openSession();
const endpoint = variable('LAZURITE_ARM_ENDPOINT');
const acr = new ContainerRegistryManagementClient(credential, subscription, { endpoint, credentials: { scopes: [`${endpoint}/.default`] } });
const GROUP = 'Images';

await resources.resourceGroups.createOrUpdate(GROUP, { location: 'local' });
const isFree = () => acr.registries.checkNameAvailability({ name: 'teamImages', type: 'Microsoft.ContainerRegistry/registries' });
const before = await isFree();
const made = await acr.registries.create(GROUP, 'teamImages', { location: 'local', sku: { name: 'Standard' } }).pollUntilDone();
const after = await isFree();
const closed = await refusal(acr.registries.listCredentials(GROUP, 'teamImages'));
const updated = await acr.registries.update(GROUP, 'teamImages', { adminUserEnabled: true, tags: { a: 'b' } }).pollUntilDone();
const credentials = await acr.registries.listCredentials(GROUP, 'teamimages');
const regenerated = await acr.registries.regenerateCredential(GROUP, 'teamImages', { name: 'password2' });
const usages = await acr.registries.listUsages(GROUP, 'teamImages');
const replications = await collect(acr.replications.list(GROUP, 'teamImages'));
const replication = await refusal(acr.replications.create(GROUP, 'teamImages', 'elsewhere', { location: 'elsewhere' }).pollUntilDone());
const premium = await refusal(acr.registries.create(GROUP, 'otherimages', { location: 'local', sku: { name: 'Basic' }, publicNetworkAccess: 'Disabled' }).pollUntilDone());
const noSku = await refusal(acr.registries.create(GROUP, 'otherimages', { location: 'local', sku: { name: 'Classic' } }).pollUntilDone());
await resources.resourceGroups.createOrUpdate(`${GROUP}-2`, { location: 'local' });
const taken = await refusal(acr.registries.create(`${GROUP}-2`, 'teamimages', { location: 'local', sku: { name: 'Basic' } }).pollUntilDone());
await acr.registries.delete(GROUP, 'teamImages').pollUntilDone();
const gone = await refusal(acr.registries.get(GROUP, 'teamImages'));

report({ available: [before.nameAvailable, after.nameAvailable], made, closed, updated, credentials, regenerated, usages, replications, replication, premium, noSku, taken, gone });
