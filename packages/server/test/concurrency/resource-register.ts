// A resource as a register: what one call may answer in one state, by the rules of ETags.
// Source: RFC 9110 §13; contracts/azureml-rest.md §1 (If-Match, If-None-Match, 412).

import type { Register } from './linearizable.ts';

export type Precondition = { readonly ifMatch: string } | { readonly ifNoneMatch: '*' } | undefined;

export interface ResourceCall {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'DELETE';
  readonly precondition: Precondition;
  /** What the call sends: PUT replaces both, PATCH merges the tag. */
  readonly description?: string;
  readonly tag?: string;
  readonly answer: { readonly status: number; readonly etag: string | undefined; readonly content: Content | undefined };
}

export interface Content {
  readonly description: string | undefined;
  readonly tag: string | undefined;
}

export type ResourceState = { readonly etag: string; readonly content: Content } | 'absent';

export const resourceRegister: Register<ResourceState, ResourceCall> = {
  initial: 'absent',
  keyOf: (state) => (state === 'absent' ? '' : state.etag),
  apply(state, call) {
    const { answer, precondition } = call;
    const isRefused = refuses(state, precondition);
    switch (call.method) {
      case 'GET':
        if (state === 'absent') return answer.status === 404 ? state : undefined;
        return answer.status === 200 && answer.etag === state.etag && isSame(answer.content, state.content) ? state : undefined;
      case 'DELETE':
        // Azure: there is nothing to delete, whatever is expected of it.
        if (state === 'absent') return answer.status === 204 ? state : undefined;
        if (isRefused) return answer.status === 412 ? state : undefined;
        return answer.status === 200 ? 'absent' : undefined;
      case 'PUT':
        if (isRefused) return answer.status === 412 ? state : undefined;
        return written(state, { description: call.description, tag: call.tag }, answer, state === 'absent' ? 201 : 200);
      case 'PATCH':
        if (isRefused) return answer.status === 412 ? state : undefined;
        if (state === 'absent') return answer.status === 404 ? state : undefined;
        return written(state, { description: state.content.description, tag: call.tag }, answer, 200);
      default:
        return call.method satisfies never;
    }
  },
};

/** A write that changes nothing keeps the ETag; any other makes a new one. */
function written(state: ResourceState, content: Content, answer: ResourceCall['answer'], status: number): ResourceState | undefined {
  if (answer.status !== status || answer.etag === undefined || !isSame(answer.content, content)) return undefined;
  const isUnchanged = state !== 'absent' && isSame(state.content, content);
  if (state !== 'absent' && (answer.etag === state.etag) !== isUnchanged) return undefined;
  return { etag: answer.etag, content };
}

function refuses(state: ResourceState, precondition: Precondition): boolean {
  if (precondition === undefined) return false;
  if ('ifMatch' in precondition) return state === 'absent' || (precondition.ifMatch !== '*' && precondition.ifMatch !== state.etag);
  return state !== 'absent';
}

function isSame(one: Content | undefined, other: Content): boolean {
  return one !== undefined && one.description === other.description && one.tag === other.tag;
}
