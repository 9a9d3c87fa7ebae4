// Shapes of the studio plane and of the few Resource Manager members the pages read.
// Source: server planes/studio; contracts/azureml-rest.md.

export interface JobRow {
  readonly runId: string;
  readonly displayName: string;
  readonly status: string;
  readonly owner: 'job' | 'client';
  readonly reason: { readonly code?: string; readonly message?: string } | null;
  readonly experiment: string;
  readonly createdBy: string;
  readonly parentRunId: string | null;
  readonly jobType: string | null;
  readonly computeId: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface JobPage {
  readonly items: readonly JobRow[];
  readonly next?: string;
}

export interface JobFacets {
  readonly statuses: readonly { readonly status: string; readonly count: number }[];
  readonly experiments: readonly string[];
  readonly creators: readonly string[];
  readonly computes: readonly string[];
}

export interface JobInput {
  readonly jobInputType?: string;
  readonly uri?: string;
  readonly value?: string;
  readonly mode?: string;
  readonly description?: string;
}

export interface JobOutput {
  readonly jobOutputType?: string;
  readonly uri?: string;
  readonly mode?: string;
  readonly assetName?: string;
  readonly assetVersion?: string;
}

export interface JobDefinition {
  readonly jobType?: string;
  readonly command?: string;
  readonly description?: string;
  readonly environmentId?: string;
  readonly codeId?: string;
  readonly computeId?: string;
  readonly environmentVariables?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, JobInput>>;
  readonly outputs?: Readonly<Record<string, JobOutput>>;
  readonly resources?: { readonly instanceCount?: number; readonly instanceType?: string };
  readonly limits?: { readonly timeout?: string };
  readonly distribution?: { readonly distributionType?: string };
}

export interface TimelinePhase {
  readonly attempt: number;
  readonly phase: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly node?: string;
  readonly detail?: string;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface MetricKey {
  readonly key: string;
  readonly count: number;
  readonly lastValue: number;
  readonly lastStep: number;
}

export interface ProducedAsset {
  readonly id: string;
  readonly kind: 'model' | 'data';
  readonly name: string;
  readonly version: string;
}

/** Why: JSON has no NaN and no infinities; they travel as text. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity';

export interface JobOverview {
  readonly job: JobRow;
  readonly id: string;
  readonly definition: JobDefinition | null;
  readonly timeline: readonly TimelinePhase[];
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
  readonly metrics: readonly MetricKey[];
  readonly produced: readonly ProducedAsset[];
}

export interface SeriesPoint {
  readonly step: number;
  readonly timestamp: number;
  readonly value: number;
}

export interface Series {
  readonly key: string;
  readonly total: number;
  readonly points: readonly SeriesPoint[];
}

export interface WireSeries extends Omit<Series, 'points'> {
  readonly points: readonly (Omit<SeriesPoint, 'value'> & { readonly value: WireNumber })[];
}

export interface WireOverview extends Omit<JobOverview, 'metrics'> {
  readonly metrics: readonly (Omit<MetricKey, 'lastValue'> & { readonly lastValue: WireNumber })[];
}

export interface LogFile {
  readonly path: string;
  readonly sizeBytes: number;
}

export interface ArmResource {
  readonly kind?: string;
  readonly id: string;
  readonly name: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly systemData?: { readonly createdAt?: string; readonly createdBy?: string; readonly lastModifiedAt?: string };
}

export interface ArmPage {
  readonly value: readonly ArmResource[];
  readonly nextLink?: string;
}
