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

const KNOWN: ReadonlySet<string> = new Set(FIELDS)

export type LogField = (typeof FIELDS)[number]
export type LogLine = { event: string } & { [field in LogField]?: string | number | boolean | null }

export function log(level: 'info' | 'warn' | 'error', line: LogLine): void {
  const allowed: Record<string, unknown> = { level }
  for (const field in line) if (KNOWN.has(field)) allowed[field] = line[field as LogField]
  console[level](JSON.stringify(allowed))
}
