// Metrics: Prometheus counters of this process, in a registry of their own.

import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface RequestMeasure {
  readonly host: string;
  readonly method: string;
  /** The route's pattern, never the path: label values must stay few. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface Metrics {
  observeRequest(measure: RequestMeasure): void;
  /** A value read when somebody asks: pool connections, queue depth. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** A gauge with one label: `read` answers a value for each label value. */
  labelledGauge(name: string, help: string, label: string, read: () => Promise<Readonly<Record<string, number>>>): void;
  /** The text exposition format. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Metrics of the process: CPU, memory and event-loop lag included unless told otherwise. */
export function createMetrics(options: { readonly isProcessIncluded?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.isProcessIncluded !== false) collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'lazurite_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its reply.',
    labelNames: ['host', 'method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers: [registry],
  });
  return {
    observeRequest({ host, method, route, status, seconds }) {
      durations.observe({ host, method, route, status: String(status) }, seconds);
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          this.set(await read());
        },
      });
    },
    labelledGauge(name, help, label, read) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers: [registry],
        async collect() {
          this.reset();
          for (const [value, amount] of Object.entries(await read())) this.set({ [label]: value }, amount);
        },
      });
    },
    async render() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
