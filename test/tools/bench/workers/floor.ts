// The yardstick of the bench: the barest Hono Worker, answering a constant JSON as long as a token's.

import { Hono } from 'hono'
import { ANSWER } from './answer.ts'

export default new Hono().get('/data', (c) => c.json(ANSWER))
