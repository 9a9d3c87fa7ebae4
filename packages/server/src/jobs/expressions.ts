// Expressions: `${{inputs.x}}`, `${{outputs.y}}` and `$[[optional part]]` in a job's command and in its variables.
// Source: contracts/azureml-jobs.md §3.

import { Fault, type FaultDetail } from '#kernel/faults.ts';

const EXPRESSION = /\$\{\{([^{}]*)\}\}/g;
const OPTIONAL = /\$\[\[([\s\S]*?)\]\]/g;
const MEMBER = /^(inputs|outputs)\.(.+)$/;

/** What an expression may name. */
export interface ExpressionNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What an expression becomes: the text of each input and output by name. */
export interface ExpressionValues {
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
}

/** The mistakes in `text`: unknown names and scopes. Names inside `$[[ ]]` may be absent. */
export function checkExpressions(text: string, names: ExpressionNames, target: string): readonly FaultDetail[] {
  const faults: FaultDetail[] = [];
  const required = text.replaceAll(OPTIONAL, '');
  for (const [whole, path = ''] of text.matchAll(EXPRESSION)) {
    const member = parseMember(path);
    if (member === undefined) {
      faults.push({ code: 'InvalidExpression', target, message: `${whole} is not an expression of a command job; \${{inputs.NAME}} and \${{outputs.NAME}} are.` });
      continue;
    }
    const known = names[member.scope];
    if (known.includes(member.name) || !required.includes(whole)) continue;
    const declared = known.length > 0 ? `it declares ${known.join(', ')}` : 'it declares none';
    faults.push({ code: 'UnknownExpressionName', target, message: `${whole} names no ${member.scope === 'inputs' ? 'input' : 'output'} of this job; ${declared}.` });
  }
  return faults;
}

/** The text with every expression replaced by its value. Throws `invalid`/`UnknownExpressionName` for what has none. */
export function resolveExpressions(text: string, values: ExpressionValues): string {
  const kept = text.replaceAll(OPTIONAL, (_whole, part: string) => (expressionsOf(part).every((path) => find(path, values) !== undefined) ? part : ''));
  return kept.replaceAll(EXPRESSION, (whole, path: string) => {
    const value = find(path, values);
    if (value === undefined) throw new Fault('invalid', 'UnknownExpressionName', `${whole} names nothing in this job.`, { target: 'properties.command' });
    return value;
  });
}

function expressionsOf(text: string): readonly string[] {
  return [...text.matchAll(EXPRESSION)].map((match) => match[1] ?? '');
}

function find(path: string, values: ExpressionValues): string | undefined {
  const member = parseMember(path);
  return member === undefined ? undefined : values[member.scope].get(member.name);
}

function parseMember(path: string): { readonly scope: 'inputs' | 'outputs'; readonly name: string } | undefined {
  const [, scope, name] = MEMBER.exec(path.trim()) ?? [];
  if (name === undefined || (scope !== 'inputs' && scope !== 'outputs')) return undefined;
  return { scope, name: name.trim() };
}
