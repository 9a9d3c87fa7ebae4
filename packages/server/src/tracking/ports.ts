// What tracking needs from modules beside it; compose.ts supplies it.

/** Where a workspace keeps its files. */
export interface WorkspaceAccounts {
  /** The storage account of the workspace, lower-case; undefined when there is no such workspace. */
  find(workspaceKey: string): Promise<{ readonly account: string } | undefined>;
}
