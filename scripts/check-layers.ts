// Checks layers and cycles, and that the checker really looked: with a parser that understands nothing it passes over
// everything and finds no fault.

import { spawnSync } from 'node:child_process';

const LEAST_MODULES = 150;
const LEAST_DEPENDENCIES = 500;

const { stdout, stderr } = spawnSync('depcruise', ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'packages/server/src'], { encoding: 'utf8', maxBuffer: 256 * 2 ** 20 });
const parsed: unknown = JSON.parse(stdout || '{}');
const { summary } = parsed as { summary?: { totalCruised: number; totalDependenciesCruised: number; violations: readonly { from: string; to: string; rule: { name: string } }[] } };
if (summary === undefined) {
  process.stderr.write(stderr);
  process.exit(1);
}
for (const violation of summary.violations) process.stderr.write(`${violation.rule.name}: ${violation.from} -> ${violation.to}\n`);
process.stdout.write(`${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, ${summary.violations.length} violations\n`);
if (summary.totalCruised < LEAST_MODULES || summary.totalDependenciesCruised < LEAST_DEPENDENCIES) {
  process.stderr.write(`Fewer than ${LEAST_MODULES} modules or ${LEAST_DEPENDENCIES} imports were read: the checker is not looking.\n`);
  process.exit(1);
}
process.exit(summary.violations.length === 0 ? 0 : 1);
