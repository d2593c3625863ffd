// Somebody at the pages: what went wrong is told on the way, and nothing may have gone wrong by the end.

import { expect } from 'vitest'
import type { Stage, Visit } from './driver.ts'
import { tellOnFailure } from './failure.ts'

export async function visitor(stage: Stage, options?: Parameters<Stage['visit']>[0]): Promise<Visit> {
  const visit = await stage.visit(options)
  tellOnFailure(visit.page)
  return visit
}

export async function leave({ problems, close }: Visit): Promise<void> {
  expect(problems).toEqual([])
  await close()
}
