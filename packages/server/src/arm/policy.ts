// Policy rules, for who defines policies: the entry to policy/.

export { checkExpression } from './policy/expression.ts';
export { checkField } from './policy/field.ts';
export { EFFECTS, readRule, testsOf } from './policy/rule.ts';
