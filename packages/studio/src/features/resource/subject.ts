// The resource a page is about, as its tabs get it.

import type { TypeDescriptor } from '../../api/resource-types.ts';
import type { FullResource } from '../../api/resources.ts';

export interface Subject {
  /** As the server spells it. */
  readonly id: string;
  readonly type: TypeDescriptor;
  readonly resource: FullResource;
  readonly etag: string;
}

export interface TabProps {
  readonly subject: Subject;
}
