// What an API route says of itself: for the OpenAPI document and the reference page.

import type { Failure } from '../domain/failure.ts'
import type { ObjectSchema } from '../lib/schema.ts'
import type { AnswerName } from './openapi-schemas.ts'

/** What a route says of itself. */
export interface Operation {
  summary: string
  description?: string
  query?: ObjectSchema
  /** Request headers that mean something here. */
  headers?: Record<string, { description: string; example?: string }>
  body?: ObjectSchema
  /** Absent: the answer is the service's own. */
  success?: { status: 200 | 201; orStatus?: 201; answer: AnswerName }
  /** Beside those that every endpoint can answer with. */
  problems: Failure['code'][]
}
