// What a request brings, checked against the schema that also stands in the OpenAPI document.

import type { Failure } from '../domain/failure.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { faultsOf, type ObjectOf, type ObjectSchema } from '../lib/schema.ts'
import { bodyText } from './body.ts'
import type { HttpContext } from './env.ts'

/** The JSON body; `invalid_request` with every fault where it does not fit. */
export async function readBody<const S extends ObjectSchema>(
  c: HttpContext,
  schema: S,
): Promise<Result<ObjectOf<S>, Failure>> {
  const value = await readObject(c, !schema.required)
  return value.ok ? checked(schema, value.value) : value
}

/** The JSON body, whatever it holds. */
export async function readObject(
  c: HttpContext,
  mayBeEmpty: boolean,
): Promise<Result<Record<string, unknown>, Failure>> {
  const text = await bodyText(c)
  let value: unknown
  try {
    value = text === '' && mayBeEmpty ? {} : JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err({
      code: 'invalid_request',
      errors: [{ path: '', message: 'The body must be one JSON object.' }],
    })
  }
  return ok(value as Record<string, unknown>)
}

/** The query; names that the schema does not know are not looked at, of repeated ones the first counts. */
export function readQuery<const S extends ObjectSchema>(
  c: HttpContext,
  schema: S,
): Result<ObjectOf<S>, Failure> {
  const given = c.req.query()
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    const text = given[name]
    if (text === undefined) continue
    values[name] = property.type === 'integer' && /^\d{1,9}$/.test(text) ? Number(text) : text
  }
  return checked(schema, values)
}

export function checked<S extends ObjectSchema>(
  schema: S,
  value: Record<string, unknown>,
): Result<ObjectOf<S>, Failure> {
  const errors = faultsOf(schema, value)
  return errors.length > 0 ? err({ code: 'invalid_request', errors }) : ok(value as ObjectOf<S>)
}
