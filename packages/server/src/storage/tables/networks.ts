// Tables of virtual networks.

export interface SubnetClaimsTable {
  readonly subnet_key: string;
  /** Resource key of what is in the subnet. */
  readonly owner_key: string;
  /** Null: it is in the subnet without an address of its own. */
  readonly address: string | null;
}

export interface NetworksTables {
  subnet_claims: SubnetClaimsTable;
}
