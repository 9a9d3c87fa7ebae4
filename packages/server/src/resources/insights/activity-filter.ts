// The $filter of the activity log: a span of time, and what it is about. Unquoted times are what `az monitor` sends.
// Source: Azure Monitor REST, Activity Logs - List; observed: az monitor activity-log list, @azure/arm-monitor.

import { Fault } from '#kernel/faults.ts';

export interface ActivityFilter {
  readonly since: Date;
  readonly until: Date | undefined;
  readonly resourceGroup?: string;
  readonly resourceId?: string;
  readonly correlationId?: string;
  readonly provider?: string;
  readonly caller?: string;
  readonly status?: string;
}

const TERM = /^([A-Za-z]+)\s+(eq|ge|gt|le|lt)\s+(?:'((?:[^']|'')*)'|(\S+))$/i;
const FIELDS: Readonly<Record<string, keyof ActivityFilter>> = {
  resourcegroupname: 'resourceGroup',
  resourceuri: 'resourceId',
  resourceid: 'resourceId',
  correlationid: 'correlationId',
  resourceprovider: 'provider',
  caller: 'caller',
  status: 'status',
};

/** Throws `invalid`/`BadRequest` for what it does not understand, and when it has no beginning. */
export function parseActivityFilter(text: string): ActivityFilter {
  let since: Date | undefined;
  let until: Date | undefined;
  const found: Partial<Record<keyof ActivityFilter, string>> = {};
  for (const part of splitAtAnd(text)) {
    const [, field = '', operator = '', quoted, bare] = TERM.exec(part) ?? [];
    const value = quoted?.replaceAll("''", "'") ?? bare ?? '';
    const name = field.toLowerCase();
    const isTime = name === 'eventtimestamp';
    if (isTime && /^g/i.test(operator)) since = readTime(value);
    else if (isTime && /^l/i.test(operator)) until = readTime(value);
    // Azure: the channel and the levels are all there are; every record here is of them.
    else if ((name === 'eventchannels' || name === 'levels') && operator.toLowerCase() === 'eq') continue;
    else {
      const key = operator.toLowerCase() === 'eq' ? FIELDS[name] : undefined;
      if (key === undefined || value === '')
        throw refused(`'${part.slice(0, 100)}' is not understood; accepted: eventTimestamp with ge and le, and ${Object.keys(FIELDS).join(', ')} with eq, joined by and`);
      found[key] = value;
    }
  }
  if (since === undefined) throw refused('it has no beginning; eventTimestamp ge a time is required');
  return { ...found, since, until };
}

function splitAtAnd(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === "'") isQuoted = !isQuoted;
    if (isQuoted || !/^ and /i.test(text.slice(index, index + 5))) continue;
    parts.push(text.slice(start, index));
    start = index + 5;
  }
  return [...parts, text.slice(start)].map((part) => part.trim()).filter((part) => part !== '');
}

function readTime(value: string): Date {
  // Why the blank: a plus sign that was not encoded arrives as one. Azure: more digits of a second than JavaScript reads.
  const time = new Date(value.replace(/ (\d\d:\d\d)$/, '+$1').replace(/(\.\d{3})\d+/, '$1'));
  if (Number.isNaN(time.getTime())) throw refused(`'${value.slice(0, 60)}' is no time; one like 2026-01-31T12:00:00Z is accepted`);
  return time;
}

function refused(why: string): Fault {
  return new Fault('invalid', 'BadRequest', `The $filter of the activity log is not valid: ${why}.`, { target: '$filter' });
}
