# What lives in and beside a workspace: compute, datastores, outbound rules, a secret, an identity, a role of one's own.
terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "most_nodes" {
  type    = number
  default = 1
}
variable "destination" {
  type    = string
  default = "example.com"
}

data "azurerm_client_config" "current" {}
data "azurerm_subscription" "current" {}

resource "azurerm_resource_group" "example" {
  name     = "example-children"
  location = "West Europe"
}

resource "azurerm_log_analytics_workspace" "example" {
  name                = "example-logs"
  location            = azurerm_resource_group.example.location
  resource_group_name = azurerm_resource_group.example.name
  sku                 = "PerGB2018"
  retention_in_days   = 30
}

resource "azurerm_application_insights" "example" {
  name                = "example-ai"
  location            = azurerm_resource_group.example.location
  resource_group_name = azurerm_resource_group.example.name
  workspace_id        = azurerm_log_analytics_workspace.example.id
  application_type    = "web"
}

resource "azurerm_key_vault" "example" {
  name                       = "childrenvault"
  location                   = azurerm_resource_group.example.location
  resource_group_name        = azurerm_resource_group.example.name
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = false

  access_policy {
    tenant_id          = data.azurerm_client_config.current.tenant_id
    object_id          = data.azurerm_client_config.current.object_id
    secret_permissions = ["Get", "List", "Set", "Delete", "Purge", "Recover"]
  }
}

resource "azurerm_key_vault_secret" "example" {
  name         = "greeting"
  value        = "hello"
  key_vault_id = azurerm_key_vault.example.id
}

resource "azurerm_storage_account" "example" {
  name                     = "childrenstorage"
  location                 = azurerm_resource_group.example.location
  resource_group_name      = azurerm_resource_group.example.name
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_storage_container" "example" {
  name               = "training"
  storage_account_id = azurerm_storage_account.example.id
}

resource "azurerm_container_registry" "example" {
  name                = "childrenregistry"
  location            = azurerm_resource_group.example.location
  resource_group_name = azurerm_resource_group.example.name
  sku                 = "Premium"
  admin_enabled       = true
}

resource "azurerm_user_assigned_identity" "example" {
  name                = "example-children"
  location            = azurerm_resource_group.example.location
  resource_group_name = azurerm_resource_group.example.name
}

resource "azurerm_role_definition" "example" {
  name  = "Example workspace reader"
  scope = data.azurerm_subscription.current.id

  permissions {
    actions     = ["Microsoft.MachineLearningServices/workspaces/read", "Microsoft.MachineLearningServices/workspaces/*/read"]
    not_actions = []
  }

  assignable_scopes = [data.azurerm_subscription.current.id]
}

resource "azurerm_role_assignment" "example" {
  scope              = azurerm_machine_learning_workspace.example.id
  role_definition_id = azurerm_role_definition.example.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.example.principal_id
}

resource "azurerm_machine_learning_workspace" "example" {
  name                    = "example-children"
  location                = azurerm_resource_group.example.location
  resource_group_name     = azurerm_resource_group.example.name
  application_insights_id = azurerm_application_insights.example.id
  key_vault_id            = azurerm_key_vault.example.id
  storage_account_id      = azurerm_storage_account.example.id
  container_registry_id   = azurerm_container_registry.example.id

  identity {
    type = "SystemAssigned"
  }

  managed_network {
    isolation_mode = "AllowOnlyApprovedOutbound"
  }
}

resource "azurerm_machine_learning_compute_cluster" "example" {
  name                          = "cluster"
  location                      = azurerm_resource_group.example.location
  machine_learning_workspace_id = azurerm_machine_learning_workspace.example.id
  vm_priority                   = "LowPriority"
  vm_size                       = "STANDARD_DS2_V2"

  scale_settings {
    min_node_count                       = 0
    max_node_count                       = var.most_nodes
    scale_down_nodes_after_idle_duration = "PT30S"
  }

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_machine_learning_compute_instance" "example" {
  name                          = "exampleinstance"
  machine_learning_workspace_id = azurerm_machine_learning_workspace.example.id
  virtual_machine_size          = "STANDARD_DS2_V2"
  local_auth_enabled            = false
}

resource "azurerm_machine_learning_datastore_blobstorage" "example" {
  name                 = "training_data"
  workspace_id         = azurerm_machine_learning_workspace.example.id
  storage_container_id = azurerm_storage_container.example.id
  account_key          = azurerm_storage_account.example.primary_access_key
}

resource "azurerm_machine_learning_workspace_network_outbound_rule_fqdn" "example" {
  name             = "example-fqdn"
  workspace_id     = azurerm_machine_learning_workspace.example.id
  destination_fqdn = var.destination
}

resource "azurerm_machine_learning_workspace_network_outbound_rule_service_tag" "example" {
  name         = "example-tag"
  workspace_id = azurerm_machine_learning_workspace.example.id
  service_tag  = "AppService"
  protocol     = "TCP"
  port_ranges  = "443"
}
