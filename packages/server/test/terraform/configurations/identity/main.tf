# A workspace with a user-assigned identity, encrypted with the customer's key through it; the directory is asked for the
# principal of Azure Cosmos DB, as Azure's documentation does.
terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
    azuread = {
      source = "hashicorp/azuread"
    }
  }
}

provider "azurerm" {
  features {
    key_vault {
      purge_soft_delete_on_destroy = false
    }
  }
}

provider "azuread" {}

variable "round" {
  type    = string
  default = "1"
}
variable "description" {
  type    = string
  default = null
}
variable "friendly_name" {
  type    = string
  default = null
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "public_network_access_enabled" {
  type    = bool
  default = true
}
variable "workspace_name" {
  type    = string
  default = "example-identity"
}

data "azurerm_client_config" "current" {}

data "azuread_service_principal" "cosmos" {
  display_name = "Azure Cosmos DB"
}

resource "azurerm_resource_group" "example" {
  name     = "example-identity"
  location = "West Europe"
}

resource "azurerm_application_insights" "example" {
  name                = "example-ai"
  location            = azurerm_resource_group.example.location
  resource_group_name = azurerm_resource_group.example.name
  application_type    = "web"
}

resource "azurerm_storage_account" "example" {
  name                     = "exampleidentitystore"
  location                 = azurerm_resource_group.example.location
  resource_group_name      = azurerm_resource_group.example.name
  account_tier             = "Standard"
  account_replication_type = "GRS"
}

resource "azurerm_key_vault" "example" {
  name                       = "identityvault${var.round}"
  location                   = azurerm_resource_group.example.location
  resource_group_name        = azurerm_resource_group.example.name
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "premium"
  purge_protection_enabled   = true
  rbac_authorization_enabled = false
}

resource "azurerm_user_assigned_identity" "example" {
  name                = "example-identity"
  location            = azurerm_resource_group.example.location
  resource_group_name = azurerm_resource_group.example.name
}

resource "azurerm_key_vault_access_policy" "identity" {
  key_vault_id       = azurerm_key_vault.example.id
  tenant_id          = data.azurerm_client_config.current.tenant_id
  object_id          = azurerm_user_assigned_identity.example.principal_id
  key_permissions    = ["WrapKey", "UnwrapKey", "Get", "Recover"]
  secret_permissions = ["Get", "List", "Set", "Delete", "Recover", "Backup", "Restore"]
}

resource "azurerm_key_vault_access_policy" "caller" {
  key_vault_id    = azurerm_key_vault.example.id
  tenant_id       = data.azurerm_client_config.current.tenant_id
  object_id       = data.azurerm_client_config.current.object_id
  key_permissions = ["Get", "Create", "Recover", "Delete", "Purge", "GetRotationPolicy"]
}

resource "azurerm_key_vault_access_policy" "cosmos" {
  key_vault_id    = azurerm_key_vault.example.id
  tenant_id       = data.azurerm_client_config.current.tenant_id
  object_id       = data.azuread_service_principal.cosmos.object_id
  key_permissions = ["Get", "Recover", "UnwrapKey", "WrapKey"]
}

resource "azurerm_key_vault_key" "example" {
  name         = "example-key"
  key_vault_id = azurerm_key_vault.example.id
  key_type     = "RSA"
  key_size     = 2048
  key_opts     = ["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"]
  depends_on   = [azurerm_key_vault.example, azurerm_key_vault_access_policy.caller]
}

resource "azurerm_role_assignment" "vault" {
  scope                = azurerm_key_vault.example.id
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.example.principal_id
}

resource "azurerm_role_assignment" "blobs" {
  scope                = azurerm_storage_account.example.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.example.principal_id
}

resource "azurerm_role_assignment" "storage" {
  scope                = azurerm_storage_account.example.id
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.example.principal_id
}

resource "azurerm_role_assignment" "insights" {
  scope                = azurerm_application_insights.example.id
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.example.principal_id
}

resource "azurerm_machine_learning_workspace" "example" {
  name                           = var.workspace_name
  location                       = azurerm_resource_group.example.location
  resource_group_name            = azurerm_resource_group.example.name
  application_insights_id        = azurerm_application_insights.example.id
  key_vault_id                   = azurerm_key_vault.example.id
  storage_account_id             = azurerm_storage_account.example.id
  high_business_impact           = true
  primary_user_assigned_identity = azurerm_user_assigned_identity.example.id
  description                           = var.description
  friendly_name                           = var.friendly_name
  public_network_access_enabled                           = var.public_network_access_enabled
  tags                           = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.example.id]
  }

  encryption {
    user_assigned_identity_id = azurerm_user_assigned_identity.example.id
    key_vault_id              = azurerm_key_vault.example.id
    key_id                    = azurerm_key_vault_key.example.id
  }

  depends_on = [
    azurerm_role_assignment.vault, azurerm_role_assignment.blobs, azurerm_role_assignment.storage, azurerm_role_assignment.insights,
    azurerm_key_vault_access_policy.cosmos, azurerm_key_vault_access_policy.identity,
  ]
}
