// Server-sent events over fetch, because EventSource cannot carry a bearer token. Source: WHATWG HTML §9.2.6.

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** A parser fed with text as it comes; returns the events that are complete. */
export function eventParser(): (text: string) => readonly StreamEvent[] {
  let rest = '';
  let event = 'message';
  let data: string[] = [];
  return (text) => {
    const events: StreamEvent[] = [];
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) events.push({ event, data: data.join('\n') });
        event = 'message';
        data = [];
      } else if (line.startsWith('event:')) event = line.slice(6).trim();
      else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
    }
    return events;
  };
}
