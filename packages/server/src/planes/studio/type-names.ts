// Names of resource types as people say them: Azure's portal words where they differ from the type's own.

type Names = readonly [one: string, many: string];

const RECORD_SETS = ['A', 'AAAA', 'CNAME', 'SOA', 'TXT'].map((kind): [string, Names] => [`microsoft.network/privatednszones/${kind.toLowerCase()}`, [`${kind} record`, `${kind} records`]]);

const NAMES: Readonly<Record<string, Names>> = {
  'microsoft.authorization/locks': ['Lock', 'Locks'],
  'microsoft.containerregistry/registries': ['Container registry', 'Container registries'],
  'microsoft.insights/components': ['Application Insights', 'Application Insights'],
  'microsoft.keyvault/vaults': ['Key vault', 'Key vaults'],
  'microsoft.machinelearningservices/workspaces': ['Machine learning workspace', 'Machine learning workspaces'],
  'microsoft.machinelearningservices/workspaces/codes': ['Code asset', 'Code assets'],
  'microsoft.machinelearningservices/workspaces/codes/versions': ['Code version', 'Code versions'],
  'microsoft.machinelearningservices/workspaces/data': ['Data asset', 'Data assets'],
  'microsoft.machinelearningservices/workspaces/data/versions': ['Data version', 'Data versions'],
  'microsoft.machinelearningservices/workspaces/environments/versions': ['Environment version', 'Environment versions'],
  'microsoft.machinelearningservices/workspaces/models/versions': ['Model version', 'Model versions'],
  'microsoft.managedidentity/userassignedidentities': ['Managed identity', 'Managed identities'],
  'microsoft.managedidentity/userassignedidentities/federatedidentitycredentials': ['Federated credential', 'Federated credentials'],
  'microsoft.network/privatednszones': ['Private DNS zone', 'Private DNS zones'],
  ...Object.fromEntries(RECORD_SETS),
  'microsoft.operationalinsights/workspaces': ['Log Analytics workspace', 'Log Analytics workspaces'],
};

/** Of one and of many: `Storage account`, `Storage accounts`. */
export function typeNames(type: string): Names {
  const known = NAMES[type.toLowerCase()];
  if (known !== undefined) return known;
  const words = (type.split('/').at(-1) ?? type)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\b(dns|ip|sas)\b/g, (word) => word.toUpperCase());
  const many = words.slice(0, 1).toUpperCase() + words.slice(1);
  return [singular(many), many];
}

function singular(many: string): string {
  if (/(?:ss|us|data)$/.test(many)) return many;
  if (many.endsWith('ies')) return many.replace(/ies$/, 'y');
  if (/(?:x|ch|sh|ss)es$/.test(many)) return many.replace(/es$/, '');
  return many.replace(/s$/, '');
}
