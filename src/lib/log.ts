// One JSON line an event, of allow-listed fields only: a value that could hold a credential has no field to go into.

const FIELDS = [
  'event',
  'request_id',
  'method',
  'route',
  'status',
  'code',
  'ms',
  'workspace',
  'connection',
  'connector',
  'key',
  'member',
  'trigger',
  'class',
  'reason',
  'step',
  'due',
  'claimed',
  'repaired',
  'failed',
  'count',
  'lag_p50_ms',
  'lag_p99_ms',
] as const

export type LogField = (typeof FIELDS)[number]
export type LogLine = { event: string } & { [field in LogField]?: string | number | boolean | null }

export function log(level: 'info' | 'warn' | 'error', line: LogLine): void {
  const allowed: Record<string, unknown> = { level }
  for (const field of FIELDS) if (line[field] !== undefined) allowed[field] = line[field]
  console[level](JSON.stringify(allowed))
}
