// What tracking needs from modules beside it; compose.ts supplies it.

/** Where a workspace keeps its files. */
export interface WorkspaceAccounts {
  /** The storage account of the workspace, lower-case; undefined when there is no such workspace. */
  find(workspaceKey: string): Promise<{ readonly account: string } | undefined>;
}

/** Seals values so that equal ones at one place stay comparable. */
export interface ValueSeal {
  seal(text: string, place: string): string;
  open(sealed: string, place: string): string;
}

/** Customer-managed keys of workspaces. */
export interface RunDataKeys {
  /** Undefined where values lie as they are. Throws `forbidden` while the key is not to be had. */
  of(workspaceKey: string): Promise<ValueSeal | undefined>;
}
