// Whom the list of connections can be narrowed to. Keys are named only to those who may see keys.

import { may, type Role } from '../domain/roles.ts'
import { listKeysAsMakers, listMembersAsMakers, type Maker } from '../storage/makers.ts'
import type { Context } from './context.ts'

export interface Makers {
  members: Maker[]
  keys: Maker[]
}

export async function listMakers(
  { db }: Pick<Context, 'db'>,
  { workspaceId, role }: { workspaceId: string; role: Role },
): Promise<Makers> {
  const [members, keys] = await Promise.all([
    listMembersAsMakers(db, workspaceId),
    may(role, 'keys.read') ? listKeysAsMakers(db, workspaceId) : [],
  ])
  return { members, keys }
}
