// The audit trail as a file: CSV (RFC 4180) for spreadsheets, JSON lines for programs, made as it is read.

import { utf8 } from '../lib/bytes.ts'
import type { AuditEntry } from './audit-trail.ts'

export const EXPORT_FORMATS = {
  csv: { contentType: 'text/csv; charset=utf-8; header=present', extension: 'csv' },
  jsonl: { contentType: 'application/jsonl; charset=utf-8', extension: 'jsonl' },
} as const

export type ExportFormat = keyof typeof EXPORT_FORMATS

export function isExportFormat(text: string): text is ExportFormat {
  return Object.hasOwn(EXPORT_FORMATS, text)
}

const COLUMNS = [
  'time',
  'actor',
  'actor_name',
  'action',
  'subject',
  'subject_name',
  'outcome',
  'detail',
  'id',
] as const

/** A failure while it is read breaks the file off: what arrives whole is whole. */
export function auditFile(
  format: ExportFormat,
  batches: AsyncGenerator<AuditEntry[]>,
): ReadableStream<Uint8Array> {
  const lineOf = format === 'csv' ? csvLine : jsonLine
  let isFirst = true
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await batches.next()
      const head = isFirst && format === 'csv' ? csvRow([...COLUMNS]) : ''
      isFirst = false
      const text = head + (value ?? []).map(lineOf).join('')
      if (text !== '') controller.enqueue(utf8(text))
      if (done) controller.close()
    },
    async cancel() {
      await batches.return(undefined)
    },
  })
}

function jsonLine(entry: AuditEntry): string {
  return `${JSON.stringify(valuesOf(entry))}\n`
}

function csvLine(entry: AuditEntry): string {
  const values = valuesOf(entry)
  return csvRow(COLUMNS.map((column) => values[column] ?? ''))
}

function csvRow(cells: string[]): string {
  return `${cells.map((cell) => `"${harmless(cell).replaceAll('"', '""')}"`).join(',')}\r\n`
}

/** A spreadsheet would run a cell that begins like a formula, also after blanks; with an apostrophe it is text. */
function harmless(cell: string): string {
  return /^[\s\p{Cf}]*[=+\-@\t\r\n|%＝＋－＠]/u.test(cell) ? `'${cell}` : cell
}

function valuesOf(entry: AuditEntry): Record<(typeof COLUMNS)[number], string | null> {
  const { id, at, actor, actorName, action, subject, subjectName, outcome, detail } = entry
  return {
    time: new Date(at).toISOString(),
    actor,
    actor_name: actorName,
    action,
    subject,
    subject_name: subjectName,
    outcome,
    detail,
    id,
  }
}
