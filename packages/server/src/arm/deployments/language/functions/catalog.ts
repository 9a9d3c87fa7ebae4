// Catalog of the template functions, by name in any letter case.

import type { TemplateFunction } from '../call.ts';
import { arrayFunctions } from './arrays.ts';
import { cidrFunctions } from './cidr.ts';
import { dateFunctions } from './dates.ts';
import { deploymentFunctions } from './deployment.ts';
import { lambdaFunctions } from './lambdas.ts';
import { numberFunctions } from './numbers.ts';
import { comparisonFunctions, objectFunctions } from './objects.ts';
import { listFunction, resourceFunctions } from './resources.ts';
import { stringFunctions } from './strings.ts';
import { uriFunctions } from './uris.ts';

const functions: ReadonlyMap<string, TemplateFunction> = new Map(
  [arrayFunctions, stringFunctions, objectFunctions, comparisonFunctions, numberFunctions, dateFunctions, lambdaFunctions, cidrFunctions, uriFunctions, resourceFunctions, deploymentFunctions].flatMap(
    (group) => Object.entries(group).map(([name, known]) => [name.toLowerCase(), known] as const),
  ),
);

export function findFunction(name: string): TemplateFunction | undefined {
  return functions.get(name.toLowerCase()) ?? (/^list[a-z0-9]*$/i.test(name) ? listFunction : undefined);
}
