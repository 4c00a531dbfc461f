import { expect, test, vi } from 'vitest'
import type { StoreHealth } from '../store/writing/writer.ts'
import { watchStore } from './store-watch.ts'
import { terminalLog } from './terminal-log.ts'

test('a store that takes no rows is told of once, and when it takes them again', () => {
  vi.useFakeTimers()
  try {
    const said: string[] = []
    let health: StoreHealth = { ok: true, waitingRows: 3, writtenRows: 0 }
    const end = watchStore(
      () => health,
      terminalLog('warn', text => said.push(text)),
    )
    vi.advanceTimersByTime(10_000)
    expect(said).toEqual([])
    health = { ok: false, lastError: 'writing visits: connection refused', waitingRows: 3, writtenRows: 0 }
    vi.advanceTimersByTime(10_000)
    expect(said).toEqual([
      'stagewatch: rows wait for the store, alerts and the page go on: writing visits: connection refused (waiting rows 3)\n',
    ])
    health = { ok: true, waitingRows: 0, writtenRows: 3 }
    vi.advanceTimersByTime(10_000)
    expect(said.slice(1)).toEqual(['stagewatch: the store takes rows again\n'])
    end()
    health = { ...health, ok: false, lastError: 'gone' }
    vi.advanceTimersByTime(10_000)
    expect(said).toHaveLength(2)
  } finally {
    vi.useRealTimers()
  }
})
