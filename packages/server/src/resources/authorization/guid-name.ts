// Names of roles and assignments are GUIDs.

export const GUID_NAME = { name: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, nameRule: 'is a GUID' } as const;
