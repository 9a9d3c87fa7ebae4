// Handles as stored: what a driver gave us, given back to it unchanged.

import { Fault } from '#kernel/faults.ts';
import { type JsonObject, numberAt, stringAt } from '#kernel/json.ts';
import type { DriverHandle } from '../driver.ts';

export function parseHandle(raw: JsonObject): DriverHandle {
  const driver = stringAt(raw, 'driver');
  const version = numberAt(raw, 'version');
  if (driver === undefined || version === undefined) throw new Fault('internal', 'CorruptJob', 'The stored handle of a process names no driver.');
  return { ...raw, driver, version };
}
