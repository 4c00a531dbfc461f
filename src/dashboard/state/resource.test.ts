import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as z from 'zod/mini'
import { followResource, type Resource, type Visibility } from './resource.ts'

const schema = z.object({ count: z.number() })

type Asked = { readonly path: string; readonly tag: string | null; readonly signal: AbortSignal }
let asked: Asked[] = []
let answers: ((path: string) => Response)[] = []
let seen: Resource<{ count: number }>[] = []
let stop: () => void = () => undefined

const counted = (count: number, etag = `"${count}"`) => Response.json({ count }, { headers: { etag } })
const problem = {
  type: 'urn:stagewatch:problem:store-unavailable',
  title: 'Store away',
  status: 503,
  detail: 'the store is away',
  remedy: 'wait',
  instance: '/',
}

/** A page that comes to the front and goes. */
class PlainVisibility implements Visibility {
  #visible = true
  readonly #listeners = new Set<() => void>()
  isVisible = () => this.#visible
  onChange = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  set(visible: boolean): void {
    this.#visible = visible
    for (const listener of this.#listeners) listener()
  }
}
let visibility: PlainVisibility

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  answers = []
  seen = []
  visibility = new PlainVisibility()
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const signal = init.signal as AbortSignal
    asked.push({ path, tag: new Headers(init.headers).get('if-none-match'), signal })
    const answer = answers.shift()
    if (answer === undefined) return await new Promise<Response>(() => undefined)
    return answer(path)
  })
})

afterEach(() => {
  stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const follow = (path: () => string = () => '/a') => {
  stop = followResource(path, schema, 10_000, visibility, next => seen.push(next))
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('what has not changed is asked for by its tag and not shown anew', async () => {
  answers = [() => counted(1), () => new Response(null, { status: 304 }), () => counted(2)]
  follow()
  await pass(20_000)
  expect(asked.map(({ tag }) => tag)).toEqual([null, '"1"', '"1"'])
  expect(seen).toEqual([
    { kind: 'read', value: { count: 1 }, trouble: undefined },
    { kind: 'read', value: { count: 2 }, trouble: undefined },
  ])
})

test('a tag belongs to its path: where the path moves on with time, none is sent', async () => {
  answers = [() => counted(1), () => counted(1)]
  let turn = 0
  follow(() => `/a?from=${++turn}`)
  await pass(10_000)
  expect(asked.map(({ path, tag }) => [path, tag])).toEqual([
    ['/a?from=1', null],
    ['/a?from=2', null],
  ])
})

test('a value stays when it cannot be read again, with what is wrong and what to do, until it can', async () => {
  answers = [
    () => counted(1),
    () => Response.json(problem, { status: 503 }),
    () => new Response(null, { status: 304 }),
    () => Promise.reject(new TypeError('connection refused')) as never,
  ]
  follow()
  await pass(30_000)
  const value = { count: 1 }
  expect(seen).toEqual([
    { kind: 'read', value, trouble: undefined },
    { kind: 'read', value, trouble: { kind: 'problem', problem } },
    { kind: 'read', value, trouble: undefined },
    { kind: 'read', value, trouble: { kind: 'away' } },
  ])
})

test('what could never be read has failed, and is read as soon as it can be', async () => {
  answers = [() => new Response('<html>'), () => Response.json({ count: 'many' }), () => counted(3)]
  follow()
  await pass(20_000)
  expect(seen.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'read'])
})

test('a page that nobody sees asks for nothing, and asks at once when it is seen again and its value is old', async () => {
  answers = [() => counted(1), () => counted(2), () => counted(3)]
  follow()
  await pass(1)
  visibility.set(false)
  visibility.set(true)
  expect(asked).toHaveLength(1)
  visibility.set(false)
  await pass(60_000)
  expect(asked).toHaveLength(1)
  visibility.set(true)
  await pass(0)
  expect(seen.at(-1)).toMatchObject({ value: { count: 2 } })
  await pass(10_000)
  expect(asked).toHaveLength(3)
})

test('what is under way is aborted when something else is asked for, and shown no more', async () => {
  follow()
  await pass(1)
  stop()
  expect(asked[0]?.signal.aborted).toBe(true)
  await pass(60_000)
  visibility.set(true)
  expect(asked).toHaveLength(1)
  expect(seen).toEqual([])
})

test('what was stopped while nobody looked is not read when somebody looks again', async () => {
  answers = [() => counted(1), () => counted(2)]
  follow()
  await pass(1)
  visibility.set(false)
  await pass(60_000)
  stop()
  visibility.set(true)
  await pass(60_000)
  expect(asked).toHaveLength(1)
})
