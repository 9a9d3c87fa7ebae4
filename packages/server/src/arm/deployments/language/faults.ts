// Faults of templates, in Azure's codes and wording. Source: observed: Azure Resource Manager.

import { Fault } from '#kernel/faults.ts';

/** What is wrong with a template, at a path into it where one is known. */
export function invalidTemplate(message: string, path?: string): Fault {
  return new Fault('invalid', 'InvalidTemplate', `Deployment template validation failed: '${message}'.`, path === undefined ? {} : { target: path });
}

/** The same fault, telling where in the template it arose; a path that is known already stays. */
export function atPath(error: unknown, path: string): unknown {
  if (!(error instanceof Fault) || error.code !== 'InvalidTemplate' || error.target !== undefined) return error;
  const inner = error.message.replace(/^Deployment template validation failed: '([\s\S]*)'\.$/, '$1');
  return new Fault('invalid', 'InvalidTemplate', `Deployment template validation failed: 'at '${path}': ${inner}'.`, { target: path });
}
