// A workspace that is reached privately, in the style of Azure's quickstart for it: network and subnet, workspace, private
// endpoint, private DNS zone with its link, and the group that ties the endpoint to the zone.

const ML = 'Microsoft.MachineLearningServices/workspaces';
const NETWORK = '2024-05-01';
const DNS = '2024-06-01';

export const privateTemplate = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  parameters: { name: { type: 'string' }, addressPrefix: { type: 'string', defaultValue: '10.40.0.0/16' } },
  variables: {
    networkName: "[concat(parameters('name'), '-vnet')]",
    subnetPrefix: "[cidrSubnet(parameters('addressPrefix'), 24, 1)]",
    zoneName: "[concat('privatelink.api.', toLower(parameters('name')), '.example.com')]",
    subnetId: "[resourceId('Microsoft.Network/virtualNetworks/subnets', variables('networkName'), 'endpoints')]",
  },
  resources: [
    {
      type: 'Microsoft.Network/virtualNetworks',
      apiVersion: NETWORK,
      name: "[variables('networkName')]",
      location: '[resourceGroup().location]',
      properties: {
        addressSpace: { addressPrefixes: ["[parameters('addressPrefix')]"] },
        subnets: [{ name: 'endpoints', properties: { addressPrefix: "[variables('subnetPrefix')]", privateEndpointNetworkPolicies: 'Disabled' } }],
      },
    },
    {
      type: ML,
      apiVersion: '2024-04-01',
      name: "[parameters('name')]",
      location: '[resourceGroup().location]',
      identity: { type: 'SystemAssigned' },
      properties: { friendlyName: "[parameters('name')]" },
    },
    {
      type: 'Microsoft.Network/privateEndpoints',
      apiVersion: NETWORK,
      name: "[concat(parameters('name'), '-pe')]",
      location: '[resourceGroup().location]',
      dependsOn: ["[resourceId('Microsoft.Network/virtualNetworks', variables('networkName'))]", `[resourceId('${ML}', parameters('name'))]`],
      properties: {
        subnet: { id: "[variables('subnetId')]" },
        privateLinkServiceConnections: [{ name: 'workspace', properties: { privateLinkServiceId: `[resourceId('${ML}', parameters('name'))]`, groupIds: ['amlworkspace'] } }],
      },
    },
    { type: 'Microsoft.Network/privateDnsZones', apiVersion: DNS, name: "[variables('zoneName')]", location: 'global', properties: {} },
    {
      type: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
      apiVersion: DNS,
      name: "[concat(variables('zoneName'), '/link')]",
      location: 'global',
      dependsOn: ["[resourceId('Microsoft.Network/privateDnsZones', variables('zoneName'))]", "[resourceId('Microsoft.Network/virtualNetworks', variables('networkName'))]"],
      properties: { registrationEnabled: false, virtualNetwork: { id: "[resourceId('Microsoft.Network/virtualNetworks', variables('networkName'))]" } },
    },
    {
      type: 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups',
      apiVersion: NETWORK,
      name: "[concat(parameters('name'), '-pe/zones')]",
      dependsOn: ["[resourceId('Microsoft.Network/privateEndpoints', concat(parameters('name'), '-pe'))]", "[resourceId('Microsoft.Network/privateDnsZones', variables('zoneName'))]"],
      properties: { privateDnsZoneConfigs: [{ name: 'api', properties: { privateDnsZoneId: "[resourceId('Microsoft.Network/privateDnsZones', variables('zoneName'))]" } }] },
    },
  ],
  outputs: {
    prefix: { type: 'string', value: "[reference(variables('subnetId'), '2024-05-01').addressPrefix]" },
    status: { type: 'string', value: "[reference(concat(parameters('name'), '-pe')).privateLinkServiceConnections[0].properties.privateLinkServiceConnectionState.status]" },
  },
};
