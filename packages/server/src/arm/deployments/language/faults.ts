// Faults of templates, in Azure's codes and wording. Source: observed: Azure Resource Manager.

import { Fault, type FaultDetail } from '#kernel/faults.ts';

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

export const INVALID_DEPLOYMENT = 'InvalidTemplateDeployment';
const POLICY = 'RequestDisallowedByPolicy';
const MOST_SAID = 5;

/** What is wrong with the resources of a template, one detail each. */
export function invalidDeployment(details: readonly FaultDetail[]): Fault {
  const said = details.slice(0, MOST_SAID).map(({ message }) => message);
  const why = details.every(({ code }) => code === POLICY)
    ? 'The template deployment failed because of policy violation.'
    : 'The template deployment is not valid according to the validation procedure.';
  return new Fault('invalid', INVALID_DEPLOYMENT, `${why} ${said.join(' ')}${details.length > MOST_SAID ? ` There are ${details.length - MOST_SAID} more.` : ''} See inner errors for details.`, {
    details,
  });
}
