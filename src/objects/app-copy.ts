// The object's own sealed copy of what it refreshes with: the OAuth app, and the connector where it is one of the
// workspace's own. For the time D1 is down, and for where API calls go.

import type { Definition } from '../domain/connector-definition.ts'
import type { OwnedApp } from '../storage/oauth-apps.ts'
import type { SealContext } from '../storage/vault.ts'
import type { ObjectContext } from './object-context.ts'

/** A definition as it was read, and which version of it that is. */
export interface KnownDefinition {
  definition: Definition
  version: number
}

export interface AppCopy extends OwnedApp {
  /** Absent for connectors of the catalog: the code knows them. */
  custom?: KnownDefinition
}

interface Ref {
  workspaceId: string
  id: string
}

/** Seals a copy into the object, where it differs from the one there. Called once a flow has begun. */
export async function keepAppCopy(
  object: ObjectContext,
  ref: Ref,
  { app, custom }: { app: OwnedApp; custom: KnownDefinition | null },
): Promise<void> {
  const text = JSON.stringify(custom ? { ...app, custom } : app)
  const copy = object.store.appCopy()
  if (copy) {
    const opened = await object.vault.open(copyContext(ref), copy.sealed)
    if (opened.ok && opened.value === text) return
  }
  object.store.keepAppCopy({ sealed: await object.vault.seal(copyContext(ref), text), owner: app.owner })
}

export async function openAppCopy(object: ObjectContext, ref: Ref): Promise<AppCopy | undefined> {
  const copy = object.store.appCopy()
  if (!copy) return undefined
  const opened = await object.vault.open(copyContext(ref), copy.sealed)
  return opened.ok ? (JSON.parse(opened.value) as AppCopy) : undefined
}

function copyContext(ref: Ref): SealContext {
  return { purpose: 'app_copy', workspaceId: ref.workspaceId, recordId: ref.id }
}
