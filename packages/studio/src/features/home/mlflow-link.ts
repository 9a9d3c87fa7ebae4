// The addresses that MLflow prints, `{tracking uri}/#/experiments/{id}` and `…/runs/{run}`: the server sends browsers to
// the workspace's page, and what stands after `#` says what they look for.

export interface MlflowLink {
  readonly experimentId: string;
  readonly run?: string;
}

export function parseMlflowLink(hash: string): MlflowLink | undefined {
  const match = /^#\/experiments\/([\w-]+)(?:\/runs\/([\w.-]+))?(?:[/?].*)?$/.exec(hash);
  const [, experimentId, run] = match ?? [];
  if (experimentId === undefined) return undefined;
  return run === undefined ? { experimentId } : { experimentId, run };
}
