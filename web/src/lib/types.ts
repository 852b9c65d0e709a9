// The shapes of REST answers; core/api/views.cpp writes them.
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Problem {
  code: string;
  what: string;
  where: string;
  hint: string;
  class?: string;
}

export interface Run {
  id: string;
  dag: string;
  dag_version: string;
  state: string;
  trigger: string;
  params: JsonObject;
  logical_time: string;
  created: string;
  started: string;
  finished: string;
  counts: Record<string, number>;
  deadline?: string;
  late?: Late;
  pruned?: string;  // since when only this line is kept of it
}

/** What is known of a run's deadline. */
export interface Late {
  state: 'predicted' | 'recovered' | 'missed';
  since: string;
  predicted_end: string;
  why: string;  // the tasks that decide it
}

export interface Snapshot {
  id: number;
  dataset: string;
  operation: string;
  time: string;
  run: string;
  task: string;
  attempt: number;
  rows: number;
  bytes: number;
  files: number;
  summary: Json;
  checks: Json;
}

export interface Attempt {
  number: number;
  state: string;
  worker: string;
  started: string;
  finished: string;
  config: Json;
  usage: Json;
  error?: Problem;
}

export interface Task {
  id: string;
  uses: string;
  phase: string;
  needs: string[];
  state: string;
  attempt: number;
  started: string;
  finished: string;
  why: string;
  output: Json;
  snapshots: Snapshot[];
  attempts?: Attempt[];
  checkpoint?: Json;  // what an attempt has saved for the next one
}

export interface RunDetail extends Run {
  tasks: Task[];
}

export interface DagTask {
  id: string;
  uses: string;
  phase: string;
  needs: string[];
  reads: string[];
  writes: string[];
}

export interface Dag {
  name: string;
  version: string;
  description: string;
  owner: string;
  labels: Record<string, string>;
  params: Record<string, ParamSchema>;
  tasks: DagTask[];
  last_runs: Run[];
  source?: string;
  file?: string;
}

export interface ParamSchema {
  type?: string;
  default?: Json;
  description?: string;
  enum?: Json[];
  format?: string;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  required?: boolean;
}

export interface Column {
  name: string;
  type: string;
  nullable: boolean;
}

export interface Dataset {
  name: string;
  snapshot: number;
  rows: number;
  bytes: number;
  changed: string;
  columns: Column[];
}

export interface DatasetDetail extends Dataset {
  history: Snapshot[];
  files: { path: string; rows: number; bytes: number; partition: Json }[];
}

export interface Worker {
  name: string;
  state: string;
  version: string;
  seen: string;
  slots: number;
  busy: number;
  protocol: number;
  has: Capacity;   // cpu or memory of 0: not said
  used: Capacity;  // by what it runs, as far as that asked for some
  labels: string[];
  clock_ahead_ms: number;
  problem?: Problem;
}

export interface Capacity {
  cpu: number;
  memory_bytes: number;
  resources: Record<string, number>;
}

/** A plugin of which nothing is started, because its attempts crashed in a row. */
export interface HeldBack {
  plugin: string;
  reason: string;
  since: string;
}

export interface Operator {
  type: string;
  plugin: string;
  version: string;
  summary: string;
  config_schema: Json;
  output_schema: Json;
  examples: Json;
}

export interface LogLine {
  index: number;
  time: string;
  level: string;
  text: string;
}

export interface List<T> {
  items: T[];
  next: string | null;
  errors?: Problem[];
  refused?: Problem[];
  held_back?: HeldBack[];
}
