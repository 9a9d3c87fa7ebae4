// What blobs need from their siblings; compose supplies it.

/** A data key that content is sealed with. */
export interface ContentKey {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/** Customer-managed keys of blob containers and file shares. */
export interface ContentKeys {
  /** What new content of the container or share is sealed with; undefined where it lies as it is. Throws `forbidden` while the key is not to be had. */
  ofContainer(account: string, container: string): Promise<ContentKey | undefined>;
  /** Throws `forbidden` while the key is not to be had. */
  open(id: string): Promise<ContentKey>;
}
