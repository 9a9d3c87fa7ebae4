// Many resources of several types in 200 groups: rows as the server writes them, without going through it.

const GROUPS = 200;

/** What the database does by itself some time after so many rows were made. */
export const AS_AFTER_A_WHILE = 'vacuum analyze resources';

/** Statements that make them, and tell the planner. */
export function manyResources(subscriptionId: string, count: number): string {
  const types =
    "(array['microsoft.insights/components','microsoft.storage/storageaccounts','microsoft.machinelearningservices/workspaces','microsoft.managedidentity/userassignedidentities'])[1 + n % 4]";
  const group = `'/subscriptions/${subscriptionId}/resourcegroups/many-' || n % ${GROUPS}`;
  return `
    insert into resources (key, id, type, name, parent_key, subscription_id, resource_group, location, properties, etag, provisioning_state, system_data)
    select ${group}, ${group}, 'microsoft.resources/resourcegroups', 'many-' || n, '/subscriptions/${subscriptionId}', '${subscriptionId}', 'many-' || n, 'local', '{}', 'e', 'Succeeded', '{}'
    from generate_series(0, ${GROUPS - 1}) as n;
    insert into resources (key, id, type, name, parent_key, subscription_id, resource_group, location, properties, etag, provisioning_state, system_data)
    select ${group} || '/providers/' || ${types} || '/many-' || n, ${group} || '/providers/' || ${types} || '/many-' || n, ${types}, 'many-' || n,
      ${group}, '${subscriptionId}', 'many-' || n % ${GROUPS}, 'local', json_build_object('Application_Type', 'web', 'filler', repeat('x', 400)), 'e', 'Succeeded', '{}'
    from generate_series(1, ${count}) as n;
    analyze resources;`;
}
