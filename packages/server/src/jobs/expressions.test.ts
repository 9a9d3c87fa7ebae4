import { describe, expect, test } from 'vitest';
import { checkExpressions, resolveExpressions } from './expressions.ts';

const names = { inputs: ['lr', 'data'], outputs: ['model'] };
const values = {
  inputs: new Map([
    ['lr', '0.1'],
    ['data', '/in/data'],
  ]),
  outputs: new Map([['model', '/out/model']]),
};

describe('expressions', () => {
  test.each([
    ['python t.py --lr ${{inputs.lr}}', 'python t.py --lr 0.1'],
    ['--data ${{ inputs.data }} --out ${{outputs.model}}/x', '--data /in/data --out /out/model/x'],
    ['$HOME ${HOME} $(date)', '$HOME ${HOME} $(date)'],
    ['a $[[--lr ${{inputs.lr}}]] b', 'a --lr 0.1 b'],
    ['a $[[--seed ${{inputs.seed}}]] b', 'a  b'],
  ])('%s', (text, expected) => {
    expect(resolveExpressions(text, values)).toBe(expected);
  });

  test('a value is text, never an expression or a replacement pattern', () => {
    const tricky = { inputs: new Map([['x', '${{inputs.y}} $& $1']]), outputs: new Map<string, string>() };
    expect(resolveExpressions('[${{inputs.x}}]', tricky)).toBe('[${{inputs.y}} $& $1]');
  });

  test('unknown names and scopes are mistakes that name what is declared', () => {
    expect(checkExpressions('${{inputs.lr}} ${{outputs.model}}', names, 'c')).toEqual([]);
    expect(checkExpressions('${{inputs.nope}}', names, 'c')).toMatchObject([{ code: 'UnknownExpressionName', target: 'c', message: expect.stringContaining('lr, data') }]);
    expect(checkExpressions('${{search_space.x}}', names, 'c')).toMatchObject([{ code: 'InvalidExpression' }]);
    expect(checkExpressions('$[[ ${{inputs.maybe}} ]]', names, 'c')).toEqual([]);
  });
});
