import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import { connect, newKey, steer } from '../setup/harness.ts'
import { addMember, newTenant, type Tenant } from './tenant.ts'

let tenant: Tenant

beforeEach(async () => {
  mend()
  await steer.reset()
  tenant = await newTenant()
})

describe('every change is in the trail', () => {
  /** Written out a second time: a form of a signed-in person, and the row it leaves. */
  const LEAVES: [path: string, form: Record<string, string>, action: string, outcome: string][] = [
    ['/connections', { connector: 'local', tools: 'contacts.read' }, 'connection.created', 'ok'],
    ['/connections/:con/reconnect', {}, 'connection.reconnect_started', 'ok'],
    ['/connections/:con/name', { name: 'New' }, 'connection.renamed', 'ok'],
    ['/connections/:con/pause', {}, 'connection.paused', 'ok'],
    ['/connections/:con/refresh', {}, 'connection.refreshed', 'ok'],
    ['/connections/:con/resume', {}, 'connection.resumed', 'ok'],
    ['/connections/:con/delete', {}, 'connection.deleted', 'revoked'],
    ['/connectors/github/app', { client_id: 'a', client_secret: 'b' }, 'app.saved', 'ok'],
    ['/connectors/github/app/remove', {}, 'app.removed', 'ok'],
    ['/keys', { name: 'New', permissions: 'proxy' }, 'key.created', 'ok'],
    ['/keys/:key/rotate', {}, 'key.rotated', 'ok'],
    ['/keys/:key/finish', {}, 'key.old_secret_ended', 'ok'],
    ['/keys/:key/revoke', {}, 'key.revoked', 'ok'],
    ['/members/invitations', { email: 'x@example.com', role: 'viewer' }, 'member.invited', 'ok'],
    ['/members/invitations/:inv/revoke', {}, 'invitation.revoked', 'ok'],
    ['/members/:mem/role', { role: 'admin' }, 'member.role_changed', 'ok'],
    ['/members/:mem/remove', {}, 'member.removed', 'ok'],
    ['/settings/leave', {}, 'member.left', 'last_owner'],
    ['/settings/name', { name: 'N' }, 'workspace.renamed', 'ok'],
    ['/settings/retention', { days: '1100' }, 'workspace.retention_changed', 'ok'],
    ['/settings/sessions/:ses/end', {}, 'session.ended', 'ok'],
    ['/settings/sessions/end-all', {}, 'session.all_ended', 'ok'],
  ]

  it('one row each, by whoever did it', { timeout: 30_000 }, async () => {
    const { owner } = tenant.members
    const ids: Record<string, string> = {
      con: (await connect({ member: owner })).connectionId,
      key: (await newKey(owner)).summary.id,
      mem: (await addMember(tenant.workspaceId, 'viewer')).id,
    }
    const visitor = await tenant.as()
    await tenant.as()
    const found: [string, string, string][] = []
    for (const [path, form] of LEAVES) {
      const last = async (table: string, where: string, id: string) =>
        (await env.DB.prepare(`SELECT id FROM ${table} WHERE ${where} = ? ORDER BY rowid DESC LIMIT 1`)
          .bind(id)
          .first<string>('id')) ?? ''
      ids.inv = await last('invitations', 'workspace_id', tenant.workspaceId)
      ids.ses = await last('sessions', 'member_id', owner.id)
      const before = await total()
      await visitor.post(
        path.replace(/:(\w+)/, (_, kind) => ids[kind] ?? ''),
        form,
      )
      const { results } = await env.DB.prepare(
        'SELECT actor, action, outcome FROM audit WHERE workspace_id = ? ORDER BY rowid LIMIT -1 OFFSET ?',
      )
        .bind(tenant.workspaceId, before)
        .all<{ actor: string; action: string; outcome: string }>()
      expect(results.map(({ actor }) => actor)).toEqual(results.map(() => owner.id))
      found.push(...results.map(({ action, outcome }): [string, string, string] => [path, action, outcome]))
    }
    expect(found).toEqual(LEAVES.map(([path, , action, outcome]) => [path, action, outcome]))
  })

  async function total(): Promise<number> {
    const sql = 'SELECT count(*) AS n FROM audit WHERE workspace_id = ?'
    return (await env.DB.prepare(sql).bind(tenant.workspaceId).first<number>('n')) ?? 0
  }
})
