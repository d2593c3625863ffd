// The audit trail: the list, and the same rows as a file.

import { auditFile, EXPORT_FORMATS, isExportFormat } from '../../services/audit-file.ts'
import { type AuditAsk, auditActors, exportAudit, readAuditPage } from '../../services/audit-trail.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import { workspaceOf } from '../../services/workspaces.ts'
import { AuditPage } from '../../views/pages/audit.tsx'
import type { HttpContext } from '../env.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'

export const auditRoutes: Route[] = [
  { kind: 'page', method: 'GET', path: '/audit', action: 'audit.read', handler: show },
  { kind: 'page', method: 'GET', path: '/audit/export', action: 'audit.read', handler: exportFile },
]

async function show(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const ask = askOf(c)
  const found = await readAuditPage(c.get('context'), member.workspaceId, ask, c.req.query('cursor'))
  if (found.ok) return list(c, member, ask, found.value)
  return found.error.code === 'invalid_request' ? list(c, member, ask, found.error) : found
}

async function exportFile(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const format = c.req.query('format') ?? ''
  if (!isExportFormat(format)) {
    const errors = [{ path: 'format', message: 'The file can be csv or jsonl.' }]
    return list(c, member, askOf(c), { errors })
  }
  const ask = askOf(c)
  const batches = await exportAudit(c.get('context'), member, ask, format, c.get('now'))
  if (!batches.ok) {
    return batches.error.code === 'invalid_request' ? list(c, member, ask, batches.error) : batches
  }
  const { contentType, extension } = EXPORT_FORMATS[format]
  const day = new Date(c.get('now')).toISOString().slice(0, 10)
  return new Response(auditFile(format, batches.value), {
    headers: {
      'Content-Type': contentType,
      'Content-Disposition': `attachment; filename="evergrant-audit-${day}.${extension}"`,
    },
  })
}

type Found = Pick<Parameters<typeof AuditPage>[0], 'entries' | 'nextCursor'>

async function list(
  c: HttpContext,
  member: SignedInMember,
  query: AuditAsk,
  found: Found | Pick<Parameters<typeof AuditPage>[0], 'errors'>,
): Promise<Answer> {
  const context = c.get('context')
  const workspace = await workspaceOf(context, member.workspaceId)
  if (!workspace) return { ok: false, error: { code: 'not_found' } }
  return page(
    c,
    <AuditPage
      member={member}
      now={c.get('now')}
      query={query}
      actors={await auditActors(context, member.workspaceId)}
      retentionDays={workspace.auditRetentionDays}
      entries={[]}
      nextCursor={null}
      {...found}
    />,
    'errors' in found ? 400 : 200,
  )
}

function askOf(c: HttpContext): AuditAsk {
  const text = (name: keyof AuditAsk) => c.req.query(name) ?? ''
  return {
    actor: text('actor'),
    action: text('action'),
    subject: text('subject'),
    outcome: text('outcome'),
    from: text('from'),
    to: text('to'),
  }
}
