// What tracking needs from modules beside it; compose.ts supplies it.

/** Where a workspace keeps its files. */
export interface WorkspaceAccounts {
  /** The storage account of the workspace, lower-case, and the container of its artifacts; undefined when there is no such workspace. */
  find(workspaceKey: string): Promise<{ readonly account: string; readonly artifactContainer: string } | undefined>;
}

/** Customer-managed keys of workspaces. Rows are sealed and opened below; what searches and samples them has to know. */
export interface RunDataKeys {
  isSealed(workspaceKey: string): Promise<boolean>;
}
