// The state of a resource: what Azure calls Succeeded is a resource that is ready.

import { Status } from './status.tsx';

export function ResourceState({ state }: { readonly state: string }) {
  return <Status status={state} {...(state === 'Succeeded' ? { label: 'Ready' } : {})} />;
}
