// Starts the local upstream once for all files of the `workers` project, and tells them where it is.

import type { TestProject } from 'vitest/node'
import { startUpstream } from '../upstream/server.ts'
import { PUBLIC_URL, UPSTREAM_SECRETS } from './variables.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    upstreamOrigin: string
  }
}

export default async function setup(project: TestProject) {
  const upstream = await startUpstream({ port: 0, publicUrl: PUBLIC_URL, secrets: UPSTREAM_SECRETS })
  project.provide('upstreamOrigin', upstream.origin)
  return () => upstream.close()
}
