// Ports of hidden rows: what the rows of a workspace are sealed with. Vaults hold the keys, so vault/ supplies it.

export interface RowKey {
  /** Names the key in what it has sealed. */
  readonly id: string;
  seal(bytes: Buffer, place: string): Buffer;
  /** Throws `internal` for what was changed. */
  open(sealed: Buffer, place: string): Buffer;
  /** Equal texts at one place make equal tokens. */
  token(place: string, text: string): string;
}

/** In place of a key that is not to be had, where what is written may be lost. */
export const LOST: RowKey = {
  id: '',
  seal: () => refuse(),
  open: () => refuse(),
  token: () => '',
};

function refuse(): never {
  throw new TypeError('Nothing is sealed or opened without a key.');
}

export interface RowKeys {
  /** Of what the resource key is or lies under; undefined where rows lie open. Throws `forbidden` while the key is not to be had. */
  ofScope(resourceKey: string): Promise<RowKey | undefined>;
  /** Whether rows of that scope are sealed, whether or not the key is to be had. */
  isSealed(resourceKey: string): Promise<boolean>;
  /** Throws `forbidden` while the key is not to be had. */
  open(id: string): Promise<RowKey>;
}

export const openRows: RowKeys = {
  ofScope: async () => undefined,
  isSealed: async () => false,
  open: (id) => Promise.reject(new TypeError(`Rows are sealed with ${id}, and no keys were supplied.`)),
};
