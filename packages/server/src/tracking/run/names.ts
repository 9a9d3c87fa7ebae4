// Names for runs and logged models that were given none: adjective-noun-number, as clients expect to see.

import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'amber brave bright calm clever crisp deep eager early fair fine fleet fresh gentle glad golden grand hardy keen kind lively lucid mellow merry mild neat noble patient plain proud quick quiet rapid ready rosy sharp silent smooth solid steady still sunny swift tidy true vivid warm wise witty'.split(
    ' ',
  );
const NOUNS =
  'acorn anchor aspen badger beacon birch brook canyon cedar comet coral crane delta dune ember falcon fern fjord forest garnet glacier harbor heron island jasper lagoon lantern lark lichen maple marlin meadow mesa opal orchid osprey otter pebble pine prairie quartz raven reef river robin sage sparrow summit thicket willow'.split(
    ' ',
  );

export function randomName(): string {
  const pick = (words: readonly string[]): string => words[randomInt(words.length)] ?? 'run';
  return `${pick(ADJECTIVES)}-${pick(NOUNS)}-${randomInt(1000)}`;
}
